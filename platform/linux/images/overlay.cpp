#include "platform/linux/images/overlay.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <memory>
#include <set>

#include "platform/linux/files/remove_tree.h"
#include "platform/linux/crypto/atomic_file.h"
#include "platform/linux/images/file_handle.h"
#include "platform/linux/images/rooted_dir.h"

namespace es::images {

namespace {

constexpr size_t kOptionBytesMax = 4095;  // mount(2): a page with its zero byte
constexpr const char* kNoLayer = "none";  // an empty folder, the base of an image without layers
constexpr size_t kImageIdBytesMax = 256;
constexpr long kOverlayMagic = 0x794c7630;  // OVERLAYFS_SUPER_MAGIC

Status make_folder(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return {};
  return io_error("cannot make " + path);
}

bool is_mounted(const std::string& rootfs) {
  struct statfs facts {};
  struct stat here {};
  struct stat above {};
  if (statfs(rootfs.c_str(), &facts) != 0 || static_cast<long>(facts.f_type) != kOverlayMagic)
    return false;
  // The data folder may itself lie on an overlay.
  return stat(rootfs.c_str(), &here) == 0 && stat((rootfs + "/..").c_str(), &above) == 0 &&
         here.st_dev != above.st_dev;
}

// Highest first, as mount wants them. A layer that is there twice hides its lower self.
std::string lower_option(const std::vector<std::string>& names) {
  std::set<std::string> seen;
  std::string option;
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    if (!seen.insert(*name).second) continue;
    if (!option.empty()) option += ':';
    option += *name;
  }
  return option.empty() ? kNoLayer : option;
}

}  // namespace

Result<Overlay> Overlay::open(std::string dir, std::string layers_dir) {
  ES_CHECK(make_folder(dir, 0711));
  ES_CHECK(make_folder(layers_dir + "/../" + kNoLayer, 0755));
  return Overlay(std::move(dir), std::move(layers_dir));
}

Result<std::string> Overlay::mount(TaskId task, const std::string& image_id,
                                   const std::vector<std::string>& layer_names) {
  const std::string home = dir_ + "/" + task.to_string();
  const std::string rootfs = home + "/rootfs";
  if (is_mounted(rootfs)) return rootfs;
  ES_CHECK(make_folder(home, 0711));
  ES_CHECK(crypto::write_file_atomically(home + "/image", image_id, 0600));
  for (const char* name : {"/upper", "/work", "/rootfs"}) ES_CHECK(make_folder(home + name, 0755));

  std::string lower = lower_option(layer_names);
  if (lower == kNoLayer) lower = std::string("../") + kNoLayer;
  // The upper folders by descriptor: no character of the data folder's path can be taken for one of
  // mount's own.
  const FileHandle upper(::open((home + "/upper").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const FileHandle work(::open((home + "/work").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!upper || !work) return io_error("cannot open " + home);
  const std::string options = "lowerdir=" + lower + ",upperdir=/proc/self/fd/" +
                              std::to_string(upper.get()) + ",workdir=/proc/self/fd/" +
                              std::to_string(work.get());
  if (options.size() > kOptionBytesMax) {
    return Error{Errc::kLimit,
                 "the image has too many layers to mount: " + std::to_string(layer_names.size())};
  }
  // A working directory of this thread's own, from the first mount on: the process has another one.
  if (unshare(CLONE_FS) != 0)
    return io_error("cannot have a working directory of the thread's own (needs root)");
  if (chdir(layers_dir_.c_str()) != 0) return io_error("cannot enter " + layers_dir_);
  if (::mount("overlay", rootfs.c_str(), "overlay", 0, options.c_str()) != 0) {
    return io_error("cannot mount the image's root file system (overlayfs)");
  }
  return rootfs;
}

Status Overlay::unmount(TaskId task) {
  const std::string home = dir_ + "/" + task.to_string();
  // Detached: a process that still holds a file keeps the mount alive until it ends, and nothing
  // else does.
  if (umount2((home + "/rootfs").c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0 && errno != EINVAL &&
      errno != ENOENT) {
    return io_error("cannot unmount " + home + "/rootfs");
  }
  const FileHandle parent(::open(dir_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent) return io_error("cannot open " + dir_);
  return files::remove_tree(parent.get(), task.to_string());
}

std::map<TaskId, std::string> Overlay::tasks() const {
  struct CloseDir {
    void operator()(DIR* dir) const { closedir(dir); }
  };
  std::map<TaskId, std::string> tasks;
  const std::unique_ptr<DIR, CloseDir> dir(opendir(dir_.c_str()));
  while (const dirent* entry = dir ? readdir(dir.get()) : nullptr) {
    const auto task = TaskId::parse(entry->d_name);
    if (!task) continue;
    auto image = crypto::read_file(dir_ + "/" + entry->d_name + "/image", kImageIdBytesMax);
    tasks[*task] = image.ok() ? std::string(image->view()) : std::string();
  }
  return tasks;
}

}  // namespace es::images
