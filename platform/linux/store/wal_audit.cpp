#include "platform/linux/store/wal_audit.h"

#include <bit>
#include <optional>

#include "platform/linux/store/root.h"
#include "platform/linux/store/vfs_file.h"

namespace es::store {

namespace {

// sqlite.org/fileformat2.html §4.1: a header of 32 bytes, then frames of 24 bytes and one page
// each; numbers are big-endian.
constexpr uint64_t kHeaderBytes = 32;
constexpr uint64_t kFrameHeaderBytes = 24;
constexpr uint32_t kMagic =
    0x377f0682;  // the lowest bit says in which byte order the checksums add up

uint32_t number_at(std::string_view bytes, size_t offset) {
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i) number = (number << 8) | static_cast<uint8_t>(bytes[offset + i]);
  return number;
}

struct Checksum {
  uint32_t first = 0;
  uint32_t second = 0;
  bool operator==(const Checksum&) const = default;
};

Checksum checksum_at(std::string_view bytes, size_t offset) {
  return {number_at(bytes, offset), number_at(bytes, offset + 4)};
}

// §4.2; the length is a multiple of eight.
Checksum continue_checksum(Checksum sum, std::string_view bytes, bool big_endian) {
  for (size_t i = 0; i + 8 <= bytes.size(); i += 8) {
    uint32_t words[2];
    if (big_endian) {
      words[0] = number_at(bytes, i);
      words[1] = number_at(bytes, i + 4);
    } else {
      for (size_t k = 0; k < 2; ++k) words[k] = __builtin_bswap32(number_at(bytes, i + 4 * k));
    }
    sum.first += words[0] + sum.second;
    sum.second += words[1] + sum.first;
  }
  return sum;
}

struct Frame {
  std::string bytes;

  uint32_t page_number() const { return number_at(bytes, 0); }
  bool commits() const { return number_at(bytes, 4) != 0; }
  std::string_view salt() const { return std::string_view(bytes).substr(8, 8); }
  Checksum checksum() const { return checksum_at(bytes, 16); }
  std::string_view page() const { return std::string_view(bytes).substr(kFrameHeaderBytes); }
  bool follows(Checksum previous, bool big_endian) const {
    const auto head = continue_checksum(previous, std::string_view(bytes).substr(0, 8), big_endian);
    return continue_checksum(head, page(), big_endian) == checksum();
  }
};

std::optional<uint64_t> mark_of(const Frame& frame) {
  return frame.page_number() == kRootPage ? newest_mark(frame.page()) : std::nullopt;
}

class Wal {
 public:
  static Result<Wal> open(sqlite3_vfs* vfs, const std::string& database_path) {
    ES_TRY(VfsFile file, VfsFile::open(vfs, database_path + "-wal"));
    Wal wal(std::move(file));
    ES_TRY(const uint64_t bytes, wal.file_.size());
    ES_TRY(wal.page_bytes_, page_bytes_of(vfs, database_path));
    if (bytes < kHeaderBytes || wal.page_bytes_ == 0)
      return wal;  // empty, or SQLite will refuse the database
    ES_TRY(wal.header_, wal.file_.read(0, kHeaderBytes));
    wal.big_endian_ = (number_at(wal.header_, 0) & 1) != 0;
    const Checksum sum =
        continue_checksum({}, std::string_view(wal.header_).substr(0, 24), wal.big_endian_);
    wal.header_ok_ =
        (number_at(wal.header_, 0) & ~1u) == kMagic && sum == checksum_at(wal.header_, 24);
    wal.frames_ = (bytes - kHeaderBytes) / (kFrameHeaderBytes + wal.page_bytes_);
    return wal;
  }

  uint64_t frames() const { return frames_; }
  uint32_t page_bytes() const { return page_bytes_; }
  Result<Frame> frame(uint64_t number) {
    const uint64_t length = kFrameHeaderBytes + page_bytes_;
    ES_TRY(std::string bytes, file_.read(kHeaderBytes + number * length, length));
    return Frame{std::move(bytes)};
  }

  // The last transaction in the frames that SQLite will believe, if it will any.
  Result<std::optional<uint64_t>> last_valid_transaction() {
    std::optional<uint64_t> committed;
    std::optional<uint64_t> pending;
    Checksum previous = checksum_at(header_, 24);
    for (uint64_t number = 0; header_ok_ && number < frames_; ++number) {
      ES_TRY(const Frame frame, this->frame(number));
      if (frame.salt() != std::string_view(header_).substr(16, 8) ||
          !frame.follows(previous, big_endian_))
        break;
      previous = frame.checksum();
      if (const auto mark = mark_of(frame)) pending = mark;
      if (frame.commits()) committed = pending;
    }
    return committed;
  }

 private:
  explicit Wal(VfsFile file) : file_(std::move(file)) {}

  // From the database's header (§1.3.2), as the log's own may be what rotted; 0 when it cannot be
  // one.
  static Result<uint32_t> page_bytes_of(sqlite3_vfs* vfs, const std::string& database_path) {
    ES_TRY(VfsFile database, VfsFile::open(vfs, database_path));
    ES_TRY(const uint64_t bytes, database.size());
    if (bytes < 20) return uint32_t{0};
    ES_TRY(const std::string header, database.read(16, 4));
    const uint32_t page_bytes = number_at(header, 0) >> 16;
    return std::has_single_bit(page_bytes) && page_bytes >= 512 ? page_bytes : 0;
  }

  VfsFile file_;
  std::string header_;
  uint64_t frames_ = 0;
  uint32_t page_bytes_ = 0;
  bool big_endian_ = false;
  bool header_ok_ = false;
};

Error damaged(uint64_t last, uint64_t trace) {
  return corrupt("the write-ahead log of edge.db is damaged: it ends with transaction " +
                 std::to_string(last) + ", but there are traces of transaction " +
                 std::to_string(trace));
}

// What the database holds without its log.
Result<std::optional<uint64_t>> home_transaction(sqlite3_vfs* vfs, const std::string& database_path,
                                                 uint32_t page_bytes) {
  ES_TRY(VfsFile database, VfsFile::open(vfs, database_path));
  ES_TRY(const uint64_t bytes, database.size());
  if (bytes < uint64_t{kRootPage} * page_bytes) return std::optional<uint64_t>(0);
  ES_TRY(const std::string page, database.read(uint64_t{kRootPage - 1} * page_bytes, page_bytes));
  return newest_mark(page);
}

}  // namespace

Status audit_wal(sqlite3_vfs* vfs, const std::string& database_path) {
  if (!file_exists(vfs, database_path) || !file_exists(vfs, database_path + "-wal")) return {};
  ES_TRY(Wal wal, Wal::open(vfs, database_path));
  if (wal.frames() == 0) return {};
  ES_TRY(const auto home, home_transaction(vfs, database_path, wal.page_bytes()));
  ES_TRY(const auto logged, wal.last_valid_transaction());
  if (!home) return {};  // SQLite or the root will say what is wrong
  // The log is on the medium before any of its pages goes home.
  if (logged && *logged < *home) return damaged(*logged, *home);
  const uint64_t last = logged.value_or(*home);
  for (uint64_t number = 0; number < wal.frames(); ++number) {
    ES_TRY(const Frame frame, wal.frame(number));
    const auto mark = mark_of(frame);
    if (mark && *mark > last + 1) return damaged(last, *mark);
  }
  return {};
}

}  // namespace es::store
