#pragma once
// Overlay: the root file systems of tasks, one overlayfs mount each: <dir>/<task
// id>/{upper,work,rootfs,image}. The file `image` says which image it was made from. Layers are
// given to the kernel by short names relative to their folder, for all of mount's options must fit
// into one page. One thread, whose working directory mount() makes its own and changes: never the
// loop's.

#include <map>
#include <string>
#include <vector>

#include "core/base/id.h"
#include "core/base/result.h"

namespace es::images {

class Overlay {
 public:
  // Both are made when they are not there. Pre: `layers_dir` is there, absolute. Errors: kIo.
  static Result<Overlay> open(std::string dir, std::string layers_dir);

  // `layer_names`: lowest first, of which a repeated one counts where it is highest. Returns the
  // absolute path of the root; that of a task which is mounted already is returned as it is.
  // Errors: kLimit for too many layers, kIo.
  Result<std::string> mount(TaskId task, const std::string& image_id,
                            const std::vector<std::string>& layer_names);

  // And removes what the task wrote. No error when there is nothing. Errors: kIo.
  Status unmount(TaskId task);

  // What is there, mounted or left over: task -> image id.
  std::map<TaskId, std::string> tasks() const;

 private:
  Overlay(std::string dir, std::string layers_dir)
      : dir_(std::move(dir)), layers_dir_(std::move(layers_dir)) {}

  std::string dir_;
  std::string layers_dir_;
};

}  // namespace es::images
