#pragma once
// What an image archive says that its files are: `docker save`'s manifest.json, else the index.json
// of an OCI layout. Of an image for several platforms the one that this node runs is chosen. Every
// digest that the archive names is compared with what was read.

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/platform.h"
#include "core/ports/images.h"
#include "platform/linux/images/archive_reader.h"

namespace es::images {

struct PlannedImage {
  ports::Image image;  // with its tags
  std::string config_text;
  std::vector<const UnpackedLayer*> layers;  // lowest first; of the contents that were handed in
};

// Errors: kInvalid, kLimit.
Result<std::vector<PlannedImage>> plan_images(const ArchiveContents& contents,
                                              const Platform& node);

}  // namespace es::images
