#include "platform/linux/store/wal_audit.h"

#include <bit>
#include <map>
#include <optional>
#include <utility>

#include "platform/linux/store/vfs_file.h"

namespace es::store {

namespace {

// sqlite.org/fileformat2.html §4.1: a header of 32 bytes, then frames of 24 bytes and one page each; numbers are big-endian.
constexpr uint64_t kHeaderBytes = 32;
constexpr uint64_t kFrameHeaderBytes = 24;
constexpr uint32_t kMagic = 0x377f0682;  // the lowest bit says in which byte order the checksums add up

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
  // A commit is repeated until it fills its sector.
  bool pads(const Frame& other) const { return page_number() == other.page_number() && page() == other.page(); }
};

class Wal {
 public:
  static Result<Wal> open(sqlite3_vfs* vfs, const std::string& database_path) {
    ES_TRY(VfsFile file, VfsFile::open(vfs, database_path + "-wal"));
    Wal wal(std::move(file));
    ES_TRY(const uint64_t bytes, wal.file_.size());
    ES_TRY(wal.page_bytes_, page_bytes_of(vfs, database_path));
    if (bytes < kHeaderBytes || wal.page_bytes_ == 0) return wal;  // empty, or SQLite will refuse the database
    ES_TRY(wal.header_, wal.file_.read(0, kHeaderBytes));
    wal.big_endian_ = (number_at(wal.header_, 0) & 1) != 0;
    const Checksum sum = continue_checksum({}, std::string_view(wal.header_).substr(0, 24), wal.big_endian_);
    wal.header_ok_ = (number_at(wal.header_, 0) & ~1u) == kMagic && sum == wal.checksum();
    wal.frames_ = (bytes - kHeaderBytes) / (kFrameHeaderBytes + wal.page_bytes_);
    return wal;
  }

  Result<Frame> frame(uint64_t number) {
    const uint64_t length = kFrameHeaderBytes + page_bytes_;
    ES_TRY(std::string bytes, file_.read(kHeaderBytes + number * length, length));
    return Frame{std::move(bytes)};
  }

  bool empty() const { return frames_ == 0; }
  uint64_t frames() const { return frames_; }
  bool header_ok() const { return header_ok_; }
  bool big_endian() const { return big_endian_; }
  uint32_t page_bytes() const { return page_bytes_; }
  std::string_view salt() const { return std::string_view(header_).substr(16, 8); }
  Checksum checksum() const { return checksum_at(header_, 24); }

 private:
  explicit Wal(VfsFile file) : file_(std::move(file)) {}

  // From the database's header (§1.3.2), as the log's own may be what rotted; 0 when it cannot be one.
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

Error rotten(uint64_t frame) {
  return corrupt("the write-ahead log of edge.db is damaged in frame " + std::to_string(frame) +
                 ", with acknowledged commits behind it");
}

Status audit_frames(Wal& wal) {
  std::optional<uint64_t> first_bad;
  std::optional<Frame> commit_beyond;  // the first valid commit beyond the bad frame
  Checksum previous = wal.checksum();
  for (uint64_t number = 0; number < wal.frames(); ++number) {
    ES_TRY(Frame frame, wal.frame(number));
    // What an earlier round of the log left behind has another salt.
    const bool valid = frame.salt() == wal.salt() && frame.follows(previous, wal.big_endian());
    previous = frame.checksum();
    if (!first_bad) {
      if (!valid) first_bad = number;
    } else if (valid && commit_beyond && !frame.pads(*commit_beyond)) {
      return rotten(*first_bad);
    } else if (valid && frame.commits()) {
      commit_beyond = std::move(frame);
    }
  }
  return {};
}

// The header is written, and synced, when the log starts anew, after every page went home. So a bad one is harmless only while the
// database holds what the frames hold.
Status audit_without_header(Wal& wal, sqlite3_vfs* vfs, const std::string& database_path) {
  std::map<uint32_t, uint64_t> committed;  // page -> the frame of its last commit
  std::map<uint32_t, uint64_t> pending;
  std::optional<Frame> previous;
  for (uint64_t number = 0; number < wal.frames(); ++number) {
    ES_TRY(Frame frame, wal.frame(number));
    if (previous) {
      const bool valid = frame.salt() == previous->salt() &&
                         (frame.follows(previous->checksum(), false) || frame.follows(previous->checksum(), true));
      if (!valid) break;
    }
    pending[frame.page_number()] = number;
    if (frame.commits()) {
      pending.merge(committed);  // keeps what is pending where both have the page
      committed = std::exchange(pending, {});
    }
    previous = std::move(frame);
  }
  if (committed.empty()) return {};
  ES_TRY(VfsFile database, VfsFile::open(vfs, database_path));
  for (const auto& [page_number, number] : committed) {
    ES_TRY(const Frame frame, wal.frame(number));
    const auto home = database.read(uint64_t{page_number - 1} * wal.page_bytes(), wal.page_bytes());
    if (!home.ok() || *home != frame.page()) {
      return corrupt("the header of the write-ahead log of edge.db is damaged, with acknowledged commits behind it");
    }
  }
  return {};
}

}  // namespace

Status audit_wal(sqlite3_vfs* vfs, const std::string& database_path) {
  if (!file_exists(vfs, database_path) || !file_exists(vfs, database_path + "-wal")) return {};
  ES_TRY(Wal wal, Wal::open(vfs, database_path));
  if (wal.empty()) return {};
  return wal.header_ok() ? audit_frames(wal) : audit_without_header(wal, vfs, database_path);
}

}  // namespace es::store
