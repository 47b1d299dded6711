#include "platform/linux/cgroup/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace es::cgroup {

Error system_error(std::string_view what, const std::string& path) {
  const int code = errno;
  std::string message(what);
  message += ' ';
  message += path;
  message += ": ";
  message += std::strerror(code);
  return {code == ENOENT ? Errc::kNotFound : Errc::kIo, std::move(message)};
}

Result<std::string> read_small_file(const std::string& path, size_t max_bytes) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return system_error("cannot open", path);
  std::string text(max_bytes, '\0');
  size_t used = 0;
  ssize_t n = 0;
  // procfs may hand out less than what was asked for.
  while (used < max_bytes && (n = read(fd, text.data() + used, max_bytes - used)) > 0)
    used += static_cast<size_t>(n);
  const Error failure = n < 0 ? system_error("cannot read", path) : Error{};
  close(fd);
  if (n < 0) return failure;
  text.resize(used);
  return text;
}

Status write_small_file(const std::string& path, std::string_view text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return system_error("cannot open", path);
  const ssize_t n = write(fd, text.data(), text.size());
  Status status;
  if (n != static_cast<ssize_t>(text.size())) status = system_error("cannot write", path);
  close(fd);
  return status;
}

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

Status make_folders(const std::string& path, unsigned mode) {
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (mkdir(folder.c_str(), mode) != 0 && errno != EEXIST)
      return system_error("cannot make the folder", folder);
    if (slash == std::string::npos) return {};
  }
}

}  // namespace es::cgroup
