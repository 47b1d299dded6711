#include "platform/linux/store/medium.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace es::store {

namespace {

// Less counts as full: a store that opens and fails again with the next batch helps nobody.
constexpr uint64_t kRoomBytes = 1 << 20;
constexpr size_t kProbeBytes = 64 * 1024;

constexpr const char* kReadOnly = "the data disk is read-only";

Error refused(int code, const std::string& path) {
  if (code == ENOSPC || code == EDQUOT) return {Errc::kIo, kDiskFull};
  if (code == EROFS) return {Errc::kIo, kReadOnly};
  return {Errc::kIo, "the data disk fails (" + path + ": " + std::strerror(code) + ")"};
}

Status write_probe(int file, const std::string& path) {
  const std::string bytes(kProbeBytes, 'x');
  for (size_t at = 0; at < bytes.size();) {
    const ssize_t written = write(file, bytes.data() + at, bytes.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return refused(written < 0 ? errno : ENOSPC, path);
    at += static_cast<size_t>(written);
  }
  if (fsync(file) != 0) return refused(errno, path);
  return {};
}

void forget_cached(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  static_cast<void>(posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED));
  close(file);
}

}  // namespace

Status check_room(const std::string& dir) {
  struct statvfs facts {};
  if (statvfs(dir.c_str(), &facts) != 0) return refused(errno, dir);
  if ((facts.f_flag & ST_RDONLY) != 0) return Error{Errc::kIo, kReadOnly};
  // What is reserved for root counts: the daemon is root.
  if (facts.f_bfree * facts.f_frsize < kRoomBytes) return Error{Errc::kIo, kDiskFull};
  return {};
}

Status try_medium(const std::string& dir) {
  ES_CHECK(check_room(dir));
  const std::string path = dir + "/probe";
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return refused(errno, path);
  const Status written = write_probe(file, path);
  close(file);
  static_cast<void>(unlink(path.c_str()));
  ES_CHECK(written);
  for (const char* name : {"/edge.db", "/edge.db-wal", "/snapshot-1", "/snapshot-2"}) {
    forget_cached(dir + name);
  }
  return {};
}

}  // namespace es::store
