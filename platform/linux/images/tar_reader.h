#pragma once
// TarReader: the entries of a tar stream (ustar, pax, GNU), read with libarchive. Neither names nor
// numbers are trusted by anyone who uses it.

#include <cstdint>
#include <ctime>
#include <map>
#include <optional>
#include <string>

#include "platform/linux/images/byte_source.h"

struct archive;
struct archive_entry;

namespace es::images {

struct TarEntry {
  enum class Kind {
    kFile,
    kDirectory,
    kSymlink,
    kHardLink,
    kFifo,
    kCharacterDevice,
    kBlockDevice,
    kOther
  };

  Kind kind = Kind::kOther;
  std::string path;
  std::string target;  // of a symbolic or hard link
  uint64_t size_bytes = 0;
  uint32_t mode = 0;  // permissions and the set-id and sticky bits
  uint32_t uid = 0;
  uint32_t gid = 0;
  timespec modified{};
  uint32_t device_major = 0;
  uint32_t device_minor = 0;
  std::map<std::string, std::string> xattrs;
};

class TarReader {
 public:
  // A piece of a file's content: where it belongs, for the holes of a sparse file are left out.
  struct Piece {
    uint64_t offset = 0;
    std::string_view bytes;  // valid until the next call; empty at the end
  };

  explicit TarReader(ByteSource& from);
  ~TarReader();
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;

  // False at the end of the archive. Errors: kInvalid for what is not a tar archive; its source's.
  Result<bool> next(TarEntry& entry);
  // The content of the entry that next() returned last.
  Result<Piece> content();

 private:
  Error failed() const;
  static ssize_t read(archive* reader, void* self, const void** bytes);

  ByteSource* from_;
  std::optional<Error> source_error_;
  archive* reader_;
  bool opened_ = false;
};

}  // namespace es::images
