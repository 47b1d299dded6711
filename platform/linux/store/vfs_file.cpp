#include "platform/linux/store/vfs_file.h"

#include <sqlite3.h>

#include <vector>

namespace es::store {

struct VfsFile::Open {
  std::string path;  // SQLite keeps the pointer
  std::vector<uint64_t> memory;
  sqlite3_file* file() { return reinterpret_cast<sqlite3_file*>(memory.data()); }
};

void VfsFile::Close::operator()(Open* open) const {
  if (open->file()->pMethods != nullptr) open->file()->pMethods->xClose(open->file());
  delete open;
}

Error VfsFile::failed(const char* what, int code) const {
  return {Errc::kIo,
          std::string("cannot ") + what + " " + open_->path + ": " + sqlite3_errstr(code)};
}

Result<VfsFile> VfsFile::open_as(sqlite3_vfs* vfs, const std::string& path, int flags) {
  std::unique_ptr<Open, Close> open(new Open);
  open->path = path;
  open->memory.resize(static_cast<size_t>(vfs->szOsFile) / sizeof(uint64_t) + 1);
  VfsFile file(std::move(open));
  // The one type of file whose first sync also syncs its folder, without rules about its name.
  flags |= SQLITE_OPEN_SUPER_JOURNAL;
  const int code = vfs->xOpen(vfs, file.open_->path.c_str(), file.open_->file(), flags, nullptr);
  if (code != SQLITE_OK) return file.failed("open", code);
  return file;
}

Result<VfsFile> VfsFile::open(sqlite3_vfs* vfs, const std::string& path) {
  return open_as(vfs, path, SQLITE_OPEN_READONLY);
}

Result<VfsFile> VfsFile::create(sqlite3_vfs* vfs, const std::string& path) {
  ES_CHECK(remove_file(vfs, path));
  return open_as(vfs, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXCLUSIVE);
}

Result<uint64_t> VfsFile::size() {
  sqlite3_int64 bytes = 0;
  const int code = open_->file()->pMethods->xFileSize(open_->file(), &bytes);
  if (code != SQLITE_OK) return failed("measure", code);
  return static_cast<uint64_t>(bytes);
}

Result<std::string> VfsFile::read(uint64_t offset, size_t length) {
  std::string bytes(length, '\0');
  const int code = open_->file()->pMethods->xRead(
      open_->file(), bytes.data(), static_cast<int>(length), static_cast<sqlite3_int64>(offset));
  if (code == SQLITE_IOERR_SHORT_READ) return corrupt(open_->path + " ends too early");
  if (code != SQLITE_OK) return failed("read", code);
  return bytes;
}

Status VfsFile::write(uint64_t offset, std::string_view bytes) {
  const int code =
      open_->file()->pMethods->xWrite(open_->file(), bytes.data(), static_cast<int>(bytes.size()),
                                      static_cast<sqlite3_int64>(offset));
  if (code != SQLITE_OK) return failed("write", code);
  return {};
}

Status VfsFile::sync() {
  const int code = open_->file()->pMethods->xSync(open_->file(), SQLITE_SYNC_NORMAL);
  if (code != SQLITE_OK) return failed("sync", code);
  return {};
}

bool file_exists(sqlite3_vfs* vfs, const std::string& path) {
  int exists = 0;
  return vfs->xAccess(vfs, path.c_str(), SQLITE_ACCESS_EXISTS, &exists) == SQLITE_OK && exists != 0;
}

Status remove_file(sqlite3_vfs* vfs, const std::string& path) {
  const int code = vfs->xDelete(vfs, path.c_str(), 1);
  if (code == SQLITE_OK || code == SQLITE_IOERR_DELETE_NOENT) return {};
  return Error{Errc::kIo, "cannot remove " + path + ": " + sqlite3_errstr(code)};
}

}  // namespace es::store
