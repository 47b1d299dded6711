#include "platform/linux/runtime/shim_program.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "platform/linux/cgroup/small_file.h"
#include "platform/linux/runtime/child_process.h"

namespace es::runtime {

namespace {

constexpr unsigned kMfdExec = 0x0010;  // MFD_EXEC, Linux 6.3: an executable memfd must be asked for

int make_memfd() {
  const int fd = memfd_create("edgeswarm-shim", MFD_CLOEXEC | MFD_ALLOW_SEALING | kMfdExec);
  return fd >= 0 ? fd : memfd_create("edgeswarm-shim", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

bool write_all(int fd, std::string_view bytes) {
  return write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
}

// The shim ends at once with code 2 for a command line without a command: that it did shows that it
// can be executed.
bool runs(const std::string& path) {
  const auto pid = spawn_child(path, {"edgeswarm-shim"}, {});
  if (!pid.ok()) return false;
  int status = 0;
  return waitpid(*pid, &status, 0) == *pid && WIFEXITED(status) && WEXITSTATUS(status) == 2;
}

}  // namespace

Result<ShimProgram> ShimProgram::make(std::string_view bytes, const std::string& directory) {
  if (const int fd = make_memfd(); fd >= 0) {
    ShimProgram program(fd, "/proc/self/fd/" + std::to_string(fd));
    const bool written =
        write_all(fd, bytes) &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0;
    if (written && runs(program.path())) return program;
  }
  const std::string path = directory + "/edgeswarm-shim";
  unlink(path.c_str());  // the running shims of an earlier daemon keep theirs
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
  if (fd < 0) return cgroup::system_error("cannot make", path);
  const bool written = write_all(fd, bytes);
  close(fd);
  if (!written) return cgroup::system_error("cannot write", path);
  if (!runs(path))
    return Error{Errc::kIo, "the task monitor cannot be executed, from memory or from " + path};
  return ShimProgram(-1, path);
}

ShimProgram::ShimProgram(ShimProgram&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

ShimProgram::~ShimProgram() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace es::runtime
