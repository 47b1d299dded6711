#include "platform/linux/store/card_vfs.h"

#include <sqlite3.h>

#include <map>
#include <memory>
#include <mutex>

#include "core/base/assert.h"

namespace es::store {

namespace {

struct Meter {
  sqlite3_vfs vfs;  // first: SQLite hands back its address
  sqlite3_vfs* base;
  VfsCounters counters;
  std::string name;
};

struct CardFile {
  sqlite3_file self;  // first, as above
  VfsCounters* counters;
  // The base's file follows in the same block of memory.
};

CardFile* card(sqlite3_file* file) { return reinterpret_cast<CardFile*>(file); }
sqlite3_file* base(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(card(file) + 1); }

int close(sqlite3_file* file) { return base(file)->pMethods->xClose(base(file)); }

int read(sqlite3_file* file, void* to, int length, sqlite3_int64 offset) {
  return base(file)->pMethods->xRead(base(file), to, length, offset);
}

int write(sqlite3_file* file, const void* from, int length, sqlite3_int64 offset) {
  card(file)->counters->written_bytes += static_cast<uint64_t>(length);
  return base(file)->pMethods->xWrite(base(file), from, length, offset);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  return base(file)->pMethods->xTruncate(base(file), size);
}

int sync(sqlite3_file* file, int flags) {
  ++card(file)->counters->flushes;
  return base(file)->pMethods->xSync(base(file), flags);
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return base(file)->pMethods->xFileSize(base(file), size);
}
int lock(sqlite3_file* file, int level) { return base(file)->pMethods->xLock(base(file), level); }
int unlock(sqlite3_file* file, int level) {
  return base(file)->pMethods->xUnlock(base(file), level);
}
int check_reserved_lock(sqlite3_file* file, int* out) {
  return base(file)->pMethods->xCheckReservedLock(base(file), out);
}
int file_control(sqlite3_file* file, int operation, void* argument) {
  return base(file)->pMethods->xFileControl(base(file), operation, argument);
}
int sector_size(sqlite3_file* file) { return base(file)->pMethods->xSectorSize(base(file)); }
int device_characteristics(sqlite3_file* file) {
  return base(file)->pMethods->xDeviceCharacteristics(base(file)) &
         ~SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

// Version 1: no shared memory, which a database in exclusive mode does not use.
constexpr sqlite3_io_methods kMethods = {1,
                                         close,
                                         read,
                                         write,
                                         truncate,
                                         sync,
                                         file_size,
                                         lock,
                                         unlock,
                                         check_reserved_lock,
                                         file_control,
                                         sector_size,
                                         device_characteristics,
                                         nullptr,
                                         nullptr,
                                         nullptr,
                                         nullptr,
                                         nullptr,
                                         nullptr};

int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* flags_out) {
  auto* meter = reinterpret_cast<Meter*>(vfs);
  card(file)->counters = &meter->counters;
  base(file)->pMethods = nullptr;
  const int code = meter->base->xOpen(meter->base, path, base(file), flags, flags_out);
  file->pMethods = base(file)->pMethods != nullptr ? &kMethods : nullptr;
  return code;
}

}  // namespace

CardVfs card_vfs(const std::string& base_name) {
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<Meter>> meters;
  const std::lock_guard lock_meters(mutex);
  auto& meter = meters[base_name];
  if (!meter) {
    sqlite3_vfs* found = sqlite3_vfs_find(base_name.empty() ? nullptr : base_name.c_str());
    ES_ASSERT(found != nullptr);
    meter = std::make_unique<Meter>();
    meter->name = "card " + base_name;
    meter->base = found;
    meter->vfs = *found;
    meter->vfs.zName = meter->name.c_str();
    meter->vfs.szOsFile = static_cast<int>(sizeof(CardFile)) + found->szOsFile;
    meter->vfs.pNext = nullptr;
    meter->vfs.xOpen = open;
    ES_ASSERT(sqlite3_vfs_register(&meter->vfs, 0) == SQLITE_OK);
  }
  return {meter->name, &meter->counters};
}

}  // namespace es::store
