#include "tests/unit/linux_store/power_disk.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "core/base/assert.h"

namespace es::store {

namespace {

constexpr uint64_t kPiece = 512;
constexpr uint64_t kSector = 4096;

PowerDisk* g_disk = nullptr;  // SQLite's registry of file systems is global, too

struct PowerFile {
  sqlite3_file self;
  std::string* path;
  bool syncs_folder;
};

PowerFile* power(sqlite3_file* file) { return reinterpret_cast<PowerFile*>(file); }
std::string& content(sqlite3_file* file) { return g_disk->disk[*power(file)->path]; }

bool fails(int& countdown) { return countdown > 0 && --countdown == 0; }

int close(sqlite3_file* file) {
  delete power(file)->path;
  return SQLITE_OK;
}

int read(sqlite3_file* file, void* to, int length, sqlite3_int64 offset) {
  const std::string& bytes = content(file);
  const auto from = std::min(static_cast<size_t>(offset), bytes.size());
  const size_t count = std::min(static_cast<size_t>(length), bytes.size() - from);
  std::memset(to, 0, static_cast<size_t>(length));
  std::memcpy(to, bytes.data() + from, count);
  return count < static_cast<size_t>(length) ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

void overwrite(std::string& bytes, uint64_t offset, std::string_view with) {
  if (bytes.size() < offset + with.size()) bytes.resize(offset + with.size());
  bytes.replace(offset, with.size(), with);
}

int write(sqlite3_file* file, const void* from, int length, sqlite3_int64 offset) {
  if (fails(g_disk->fail_write)) return SQLITE_IOERR_WRITE;
  const std::string bytes(static_cast<const char*>(from), static_cast<size_t>(length));
  const auto at = static_cast<uint64_t>(offset);
  const uint64_t size = content(file).size();
  const uint64_t growth = at + bytes.size() > size ? at + bytes.size() - size : 0;
  if (g_disk->capacity_bytes != 0 && growth > 0 &&
      g_disk->used_bytes() + growth > g_disk->capacity_bytes) {
    return SQLITE_FULL;
  }
  overwrite(content(file), at, bytes);
  g_disk->trace.operations.push_back({Operation::Kind::kWrite, *power(file)->path, at, bytes});
  return SQLITE_OK;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  content(file).resize(static_cast<size_t>(size));
  g_disk->trace.operations.push_back(
      {Operation::Kind::kTruncate, *power(file)->path, static_cast<uint64_t>(size), ""});
  return SQLITE_OK;
}

int sync(sqlite3_file* file, int) {
  if (fails(g_disk->fail_sync)) return SQLITE_IOERR_FSYNC;
  g_disk->trace.operations.push_back({Operation::Kind::kSync, *power(file)->path, 0, ""});
  if (power(file)->syncs_folder)
    g_disk->trace.operations.push_back({Operation::Kind::kSyncFolder, "", 0, ""});
  power(file)->syncs_folder = false;
  return SQLITE_OK;
}

const sqlite3_io_methods kMethods = {
    1,
    close,
    read,
    write,
    truncate,
    sync,
    [](sqlite3_file* file, sqlite3_int64* size) {
      *size = static_cast<sqlite3_int64>(content(file).size());
      return SQLITE_OK;
    },
    [](sqlite3_file*, int) { return SQLITE_OK; },
    [](sqlite3_file*, int) { return SQLITE_OK; },
    [](sqlite3_file*, int* reserved) { return *reserved = 0; },
    [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; },
    [](sqlite3_file*) { return static_cast<int>(kSector); },
    [](sqlite3_file*) { return g_disk->powersafe ? SQLITE_IOCAP_POWERSAFE_OVERWRITE : 0; },
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr};

// As SQLite's own file system: the first sync of a new log or journal syncs the folder as well;
// that of a database does not.
int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* flags_out) {
  file->pMethods = nullptr;
  ES_ASSERT(path != nullptr);
  const bool exists = g_disk->disk.contains(path);
  if (!exists && (flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
  file->pMethods = &kMethods;
  power(file)->path = new std::string(path);
  power(file)->syncs_folder =
      !exists &&
      (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL)) != 0;
  if (!exists) {
    g_disk->disk[path];
    g_disk->trace.operations.push_back({Operation::Kind::kCreate, path, 0, ""});
  }
  if (flags_out != nullptr) *flags_out = flags;
  return SQLITE_OK;
}

int remove(sqlite3_vfs*, const char* path, int) {
  if (g_disk->disk.erase(path) == 0) return SQLITE_IOERR_DELETE_NOENT;
  g_disk->trace.operations.push_back({Operation::Kind::kDelete, path, 0, ""});
  return SQLITE_OK;
}

sqlite3_vfs* vfs() {
  static sqlite3_vfs power_vfs = [] {
    sqlite3_vfs copy = *sqlite3_vfs_find(nullptr);
    copy.zName = PowerDisk::kVfs;
    copy.szOsFile = sizeof(PowerFile);
    copy.pNext = nullptr;
    copy.xOpen = open;
    copy.xDelete = remove;
    copy.xAccess = [](sqlite3_vfs*, const char* path, int, int* there) {
      const auto found = g_disk->disk.find(path);
      *there = found != g_disk->disk.end() && !found->second.empty();
      return SQLITE_OK;
    };
    copy.xFullPathname = [](sqlite3_vfs*, const char* path, int length, char* out) {
      std::snprintf(out, static_cast<size_t>(length), "%s", path);
      return SQLITE_OK;
    };
    return copy;
  }();
  return &power_vfs;
}

// A file during an outage: what is on the medium, and the writes that may or may not be.
struct Medium {
  bool named = false;  // its name is on the medium
  std::string bytes;
  std::vector<const Operation*> pending;
};

void apply(std::string& bytes, const Operation& operation) {
  if (operation.kind == Operation::Kind::kTruncate)
    bytes.resize(operation.offset);
  else
    overwrite(bytes, operation.offset, operation.bytes);
}

void fill_randomly(std::string& bytes, uint64_t from, uint64_t to, Prng& prng) {
  if (bytes.size() < to) bytes.resize(to);
  for (uint64_t i = from; i < to; ++i) bytes[i] = static_cast<char>(prng.next());
}

void tear(std::string& bytes, const Operation& operation, Cut how, Prng& prng) {
  const uint64_t end = operation.offset + operation.bytes.size();
  for (uint64_t from = operation.offset; from < end;) {
    const uint64_t to = std::min(end, (from / kPiece + 1) * kPiece);
    const uint64_t choice = prng.below(4);
    if (choice < 2) {
      overwrite(bytes, from,
                std::string_view(operation.bytes).substr(from - operation.offset, to - from));
    } else if (choice == 2 && how == Cut::kGarbage) {
      fill_randomly(bytes, from, to, prng);
    } else if (choice == 2 && how == Cut::kGarbage4k) {
      fill_randomly(bytes, from / kSector * kSector, (from / kSector + 1) * kSector, prng);
    }
    from = to;
  }
}

void settle(Medium& medium, Cut how, Prng& prng) {
  for (const auto* operation : medium.pending) {
    const bool whole = operation->kind == Operation::Kind::kTruncate || how == Cut::kReorder;
    if (how == Cut::kLoseAll) continue;
    if (how == Cut::kKeepAll || (whole && prng.chance(1, 2)))
      apply(medium.bytes, *operation);
    else if (!whole)
      tear(medium.bytes, *operation, how, prng);
  }
}

}  // namespace

PowerDisk::PowerDisk() {
  ES_ASSERT(g_disk == nullptr);
  g_disk = this;
  sqlite3_vfs_register(vfs(), 0);
}

PowerDisk::~PowerDisk() { g_disk = nullptr; }

void PowerDisk::insert(Disk with) {
  disk = std::move(with);
  trace = {disk, {}};
}

uint64_t PowerDisk::used_bytes() const {
  uint64_t sum = 0;
  for (const auto& [path, bytes] : disk) sum += bytes.size();
  return sum;
}

Outage Trace::cut(size_t upto, Cut how, Prng& prng) const {
  Outage outage;
  std::map<std::string, Medium> media;
  for (const auto& [path, bytes] : start) media[path] = {true, bytes, {}};
  for (size_t i = 0; i < upto; ++i) {
    const Operation& operation = operations[i];
    switch (operation.kind) {
      case Operation::Kind::kCreate:
        media[operation.path] = {};
        break;
      case Operation::Kind::kDelete:
        media.erase(operation.path);
        break;
      case Operation::Kind::kWrite:
      case Operation::Kind::kTruncate:
        media[operation.path].pending.push_back(&operation);
        break;
      case Operation::Kind::kSync: {
        Medium& medium = media[operation.path];
        for (const Operation* pending : medium.pending) apply(medium.bytes, *pending);
        medium.pending.clear();
        break;
      }
      case Operation::Kind::kSyncFolder:
        for (auto& [path, medium] : media) medium.named = true;
        break;
      case Operation::Kind::kBegin:
        outage.begun = operation.offset;
        break;
      case Operation::Kind::kAcknowledged:
        outage.acknowledged = operation.offset;
        break;
    }
  }
  for (auto& [path, medium] : media) {
    const bool there =
        medium.named || how == Cut::kKeepAll || (how != Cut::kLoseAll && prng.chance(1, 2));
    if (!there) continue;
    settle(medium, how, prng);
    outage.disk[path] = std::move(medium.bytes);
  }
  return outage;
}

}  // namespace es::store
