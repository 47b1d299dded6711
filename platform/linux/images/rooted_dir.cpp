#include "platform/linux/images/rooted_dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>

namespace es::images {

namespace {

constexpr size_t kNameBytesMax = 255;
constexpr mode_t kParentMode = 0755;

FileHandle open_by_kernel(int root, const char* path) {
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return FileHandle(static_cast<int>(syscall(SYS_openat2, root, path, &how, sizeof how)));
}

// Pre: `name` is one part of a path that clean() has made. The kernel calls a link that is no
// folder ENOTDIR; it is ELOOP here, as openat2 has it.
FileHandle open_one(int parent, const char* name) {
  FileHandle folder(openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (folder || errno != ENOTDIR) return folder;
  struct stat found {};
  const bool is_link = fstatat(parent, name, &found, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(found.st_mode);
  errno = is_link ? ELOOP : ENOTDIR;
  return folder;
}

FileHandle open_step_by_step(int root, std::string_view path) {
  FileHandle folder = open_one(root, ".");
  while (folder && !path.empty()) {
    const std::string name(path.substr(0, path.find('/')));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    folder = open_one(folder.get(), name.c_str());
  }
  return folder;
}

Error no_way(const std::string& path) {
  if (errno == ELOOP) return invalid("the way to \"" + path + "\" leads through a symbolic link");
  if (errno == ENOTDIR) return invalid("the way to \"" + path + "\" leads through a file");
  if (errno == ENOENT) return invalid("\"" + path + "\" is not there");
  return io_error("cannot open \"" + path + "\"");
}

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos ? std::string() : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}  // npos + 1 is 0

}  // namespace

Result<RootedDir> RootedDir::open(const std::string& path, Resolver wish) {
  FileHandle root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!root) return io_error("cannot open " + path);
  const bool has_openat2 = open_by_kernel(root.get(), ".") || errno != ENOSYS;
  return RootedDir(std::move(root), has_openat2 ? wish : Resolver::kStepByStep);
}

FileHandle RootedDir::open_folder(int root, const std::string& path) const {
  if (resolver_ == Resolver::kStepByStep) return open_step_by_step(root, path);
  return open_by_kernel(root, path.empty() ? "." : path.c_str());
}

Result<std::string> RootedDir::clean(std::string_view path) {
  if (path.size() > kPathBytesMax)
    return invalid("a path of " + std::to_string(path.size()) + " bytes is too long");
  if (path.find('\0') != path.npos) return invalid("a path has a zero byte in it");
  std::string clean;
  size_t depth = 0;
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    if (name.empty() || name == ".") continue;
    if (name == "..") return invalid("a path with \"..\" in it leads out of the archive");
    if (name.size() > kNameBytesMax)
      return invalid("a name of " + std::to_string(name.size()) + " bytes is too long");
    if (++depth > kDepthMax)
      return invalid("a path has more than " + std::to_string(kDepthMax) + " parts");
    if (!clean.empty()) clean += '/';
    clean += name;
  }
  return clean;
}

Result<FileHandle> RootedDir::folder(const std::string& path) const {
  FileHandle folder = open_folder(root_.get(), path);
  if (!folder) return no_way(path);
  return folder;
}

Result<RootedDir::Place> RootedDir::existing(const std::string& path) const {
  ES_TRY(FileHandle parent, folder(parent_of(path)));
  return Place{std::move(parent), name_of(path)};
}

Result<RootedDir::Place> RootedDir::place(const std::string& path) const {
  const std::string parent_path = parent_of(path);
  FileHandle parent = open_folder(root_.get(), parent_path);
  if (!parent && errno == ENOENT) {
    // Its own parent first; the depth is bounded by clean().
    ES_TRY(const Place above, place(parent_path));
    if (mkdirat(above.parent.get(), above.name.c_str(), kParentMode) != 0 && errno != EEXIST) {
      return io_error("cannot make \"" + parent_path + "\"");
    }
    parent = open_folder(above.parent.get(), above.name);
  }
  if (!parent) return no_way(path);
  return Place{std::move(parent), name_of(path)};
}

}  // namespace es::images
