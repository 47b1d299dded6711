#include "platform/linux/crypto/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace es::crypto {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

Error io_error(const std::string& what, const std::string& path) {
  return {Errc::kIo, what + " " + path + ": " + std::strerror(errno)};
}

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status sync_directory_of(const std::string& path) {
  const std::string directory = directory_of(path);
  const Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok() || ::fsync(fd.get()) != 0) return io_error("cannot sync the folder", directory);
  return {};
}

Status write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return io_error("cannot write", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Status write_new(const std::string& path, std::string_view bytes, unsigned mode) {
  // O_EXCL after the unlink: never into a file, or through a link, that somebody else made.
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return io_error("cannot replace", path);
  const Descriptor fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!fd.ok()) return io_error("cannot create", path);
  if (::fchmod(fd.get(), mode) != 0) return io_error("cannot set the mode of", path);
  ES_CHECK(write_all(fd.get(), bytes, path));
  if (::fsync(fd.get()) != 0) return io_error("cannot sync", path);
  return {};
}

}  // namespace

Status write_file_atomically(const std::string& path, std::string_view bytes, unsigned mode) {
  const std::string scratch = path + ".new";
  ES_CHECK(write_new(scratch, bytes, mode));
  if (::rename(scratch.c_str(), path.c_str()) != 0) return io_error("cannot rename to", path);
  return sync_directory_of(path);
}

Result<Secret> read_file(const std::string& path, size_t max_bytes) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.ok() && errno == ENOENT) return not_found("there is no " + path);
  if (!fd.ok()) return io_error("cannot open", path);
  Secret bytes(max_bytes + 1);  // one more, to see that a file is too large
  size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = ::read(fd.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error("cannot read", path);
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  if (size > max_bytes)
    return Error{Errc::kLimit, path + " is larger than " + std::to_string(max_bytes) + " bytes"};
  bytes.truncate(size);
  return bytes;
}

Status remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return {};
    return io_error("cannot remove", path);
  }
  return sync_directory_of(path);
}

}  // namespace es::crypto
