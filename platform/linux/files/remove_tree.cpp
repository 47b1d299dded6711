#include "platform/linux/files/remove_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>

namespace es::files {

namespace {

// The last failed call, in the system's words.
Error failed(const std::string& what) { return {Errc::kIo, what + ": " + std::strerror(errno)}; }

struct CloseDir {
  void operator()(DIR* dir) const { closedir(dir); }
};

// Empties the folder; what is not empty itself is moved to `parent` under a name that `moved` gets.
Status empty_folder(int parent, const std::string& folder, uint64_t& next_number,
                    std::deque<std::string>& moved) {
  const int descriptor =
      openat(parent, folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0) return failed("cannot open " + folder);
  const std::unique_ptr<DIR, CloseDir> dir(fdopendir(descriptor));
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(dir.get());
    if (entry == nullptr) break;
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (unlinkat(descriptor, name.c_str(), 0) == 0) continue;
    if (errno != EISDIR && errno != EPERM) return failed("cannot remove " + name);
    if (unlinkat(descriptor, name.c_str(), AT_REMOVEDIR) == 0) continue;
    if (errno != ENOTEMPTY && errno != EEXIST) return failed("cannot remove " + name);
    const std::string higher =
        ".removed-" + std::to_string(getpid()) + "-" + std::to_string(next_number++);
    if (renameat(descriptor, name.c_str(), parent, higher.c_str()) != 0)
      return failed("cannot move " + name);
    moved.push_back(higher);
  }
  return errno == 0 ? Status() : failed("cannot read " + folder);
}

}  // namespace

Status remove_tree(int parent, const std::string& name) {
  if (unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR && errno != EPERM) return failed("cannot remove " + name);
  uint64_t next_number = 0;
  std::deque<std::string> folders{name};
  while (!folders.empty()) {
    ES_CHECK(empty_folder(parent, folders.front(), next_number, folders));
    if (unlinkat(parent, folders.front().c_str(), AT_REMOVEDIR) != 0)
      return failed("cannot remove " + folders.front());
    folders.pop_front();
  }
  return {};
}

Status remove_tree(const std::string& path) { return remove_tree(AT_FDCWD, path); }

}  // namespace es::files
