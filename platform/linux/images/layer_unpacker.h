#pragma once
// Unpacks one layer (OCI image specification, "Image Layer Filesystem Changeset") into an empty
// folder, as overlayfs wants it: a whiteout
// ".wh.x" becomes a character device 0:0 named x, ".wh..wh..opq" the attribute
// trusted.overlay.opaque of its folder.
//
// Owners, permissions with set-id bits, times of files, hard links, fifos, and the attributes
// security.capability and user.* are kept. Device nodes are refused: a container gets its /dev from
// the runtime.

#include <cstdint>
#include <string>

#include "core/base/result.h"
#include "platform/linux/images/byte_source.h"

namespace es::images {

struct LayerLimits {
  uint64_t bytes_max = uint64_t{8} << 30;
  uint64_t entries_max = 1'000'000;
  uint64_t free_bytes_min = 64 << 20;  // stays free on the file system
};

struct LayerFacts {
  uint64_t content_bytes = 0;
  uint64_t entries = 0;
};

// Pre: `folder` is there and empty. After an error it holds a part, for the caller to remove.
// Errors: kInvalid with the entry's name, kLimit, kIo.
Result<LayerFacts> unpack_layer(ByteSource& tar, const std::string& folder,
                                const LayerLimits& limits);

}  // namespace es::images
