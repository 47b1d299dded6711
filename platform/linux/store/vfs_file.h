#pragma once
// VfsFile: a file beside the database, reached through SQLite's virtual file system, so that one
// seam counts every byte and lets tests fail, cut or flip every operation of the store.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"

struct sqlite3_file;
struct sqlite3_vfs;

namespace es::store {

class VfsFile {
 public:
  // An existing file, read only. Errors: kIo.
  static Result<VfsFile> open(sqlite3_vfs* vfs, const std::string& path);
  // A new, empty file. Its first sync also makes its name durable. Errors: kIo.
  static Result<VfsFile> create(sqlite3_vfs* vfs, const std::string& path);

  // Errors (of all below): kIo, with the path; read() says kCorrupt where the file ends too early.
  Result<uint64_t> size();
  Result<std::string> read(uint64_t offset, size_t length);
  Status write(uint64_t offset, std::string_view bytes);
  Status sync();

 private:
  struct Open;
  struct Close {
    void operator()(Open* open) const;
  };
  static Result<VfsFile> open_as(sqlite3_vfs* vfs, const std::string& path, int flags);
  Error failed(const char* what, int code) const;

  explicit VfsFile(std::unique_ptr<Open, Close> open) : open_(std::move(open)) {}
  std::unique_ptr<Open, Close> open_;
};

bool file_exists(sqlite3_vfs* vfs, const std::string& path);
// No error when there is no such file. The removal is durable when this returns. Errors: kIo.
Status remove_file(sqlite3_vfs* vfs, const std::string& path);

}  // namespace es::store
