#include "platform/linux/runtime/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <cerrno>

#include "platform/linux/cgroup/small_file.h"

namespace es::runtime {

namespace {

constexpr int kFirstFile = 3;
constexpr int kFilesMax = 8;

void set_attributes(posix_spawnattr_t& attributes) {
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

}  // namespace

Result<int> spawn_child(const std::string& program, const std::vector<std::string>& arguments,
                        const std::vector<int>& files) {
  ES_ASSERT(files.size() <= kFilesMax);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  // Copies above the target numbers: giving one file its number must not close another.
  std::vector<int> copies;
  for (const int file : files) {
    copies.push_back(fcntl(file, F_DUPFD_CLOEXEC, kFirstFile + kFilesMax));
    posix_spawn_file_actions_adddup2(&actions, copies.back(),
                                     kFirstFile + static_cast<int>(copies.size()) - 1);
  }
  posix_spawnattr_t attributes;
  set_attributes(attributes);

  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  char* environment[] = {path, nullptr};

  pid_t pid = 0;
  const int error =
      posix_spawn(&pid, program.c_str(), &actions, &attributes, argv.data(), environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  for (const int copy : copies) close(copy);
  if (error != 0) {
    errno = error;
    return cgroup::system_error("cannot execute", program);
  }
  return static_cast<int>(pid);
}

}  // namespace es::runtime
