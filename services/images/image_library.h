#pragma once
// ImageLibrary: the images on this node's disk, and what changes them. Nothing is changed by what
// fails. One thread, for it waits for the disk.

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/platform.h"
#include "core/ports/images.h"
#include "platform/linux/images/archive_reader.h"
#include "platform/linux/images/layer_store.h"
#include "services/images/archive_plan.h"
#include "services/images/image_index.h"

namespace es::images {

class ImageLibrary {
 public:
  // `dir` is made when it is not there. An index or image that has rotted is put aside and told in
  // warnings(): images can be loaded again. Errors: kIo.
  static Result<ImageLibrary> open(const std::string& dir, Platform node, ArchiveLimits limits);

  // What was loaded: names, or the id of an image without one. Errors: kInvalid, kLimit, kIo.
  Result<std::vector<std::string>> load(ByteSource& archive);

  // Takes the name from its image. No error when nobody has it. Errors (of both): kIo.
  Status untag(const std::string& tag);
  // With all that no other image needs.
  Status remove(const std::string& id);

  const std::vector<ports::Image>& images() const { return images_; }
  const std::vector<std::string>& warnings() const { return warnings_; }
  const LayerStore& layers() const { return store_; }

 private:
  ImageLibrary(std::string dir, Platform node, ArchiveLimits limits, LayerStore store)
      : dir_(std::move(dir)),
        node_(std::move(node)),
        limits_(std::move(limits)),
        store_(std::move(store)) {}

  Result<std::vector<std::string>> adopt(const std::vector<PlannedImage>& planned);
  Status read_images();
  Status commit(Index index);
  Status collect_garbage();

  std::string dir_;
  Platform node_;
  ArchiveLimits limits_;
  LayerStore store_;
  Index index_;
  std::vector<ports::Image> images_;  // one for each of index_, in its order
  std::vector<std::string> warnings_;
};

}  // namespace es::images
