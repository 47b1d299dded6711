#include "platform/linux/runtime/task_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "platform/linux/files/remove_tree.h"
#include "platform/linux/cgroup/small_file.h"

namespace es::runtime {

std::string engine_state_directory(const RuntimeOptions& options) {
  return options.run_directory + "/engine";
}
std::string tasks_directory(const RuntimeOptions& options) {
  return options.run_directory + "/tasks";
}
std::string logs_directory(const RuntimeOptions& options) {
  return options.log_directory.empty() ? options.run_directory + "/logs" : options.log_directory;
}

TaskDirectory::TaskDirectory(const RuntimeOptions& options, TaskId task)
    : name_(task.to_string()),
      path_(tasks_directory(options) + "/" + name_),
      log_path_(logs_directory(options) + "/" + name_),
      engine_state_path_(engine_state_directory(options) + "/" + name_) {}

Status TaskDirectory::create() const {
  if (mkdir(path_.c_str(), 0700) != 0) {
    if (errno == EEXIST)
      return Error{Errc::kConflict, "the task has been started before: " + path_};
    return cgroup::system_error("cannot make the folder", path_);
  }
  return cgroup::make_folders(log_path_, 0700);
}

Result<std::optional<int>> TaskDirectory::lock() const {
  const int fd = open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return cgroup::system_error("cannot open", path_);
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return std::optional<int>(fd);
  const int error = errno;
  close(fd);
  if (error == EWOULDBLOCK) return std::optional<int>();
  errno = error;
  return cgroup::system_error("cannot lock", path_);
}

Status TaskDirectory::write(const char* name, std::string_view bytes, unsigned mode) const {
  const std::string file = path_ + "/" + name;
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return cgroup::system_error("cannot make", file);
  Status status;
  if (::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
      fchmod(fd, mode) != 0) {
    status = cgroup::system_error("cannot write", file);
  }
  close(fd);
  return status;
}

void TaskDirectory::remove() const {
  // What is left is met again at the next start of the daemon.
  for (const std::string& path : {engine_state_path_, log_path_, path_})
    static_cast<void>(files::remove_tree(path).ok());
}

}  // namespace es::runtime
