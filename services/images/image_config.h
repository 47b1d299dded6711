#pragma once
// An image's configuration (OCI image specification, config.md; Docker's is the same): JSON that
// came with an archive, trusted by nobody.

#include <string_view>

#include "core/base/result.h"
#include "core/ports/images.h"

namespace es::images {

constexpr size_t kLayersMax = 128;
constexpr size_t kConfigBytesMax = 1 << 20;
constexpr size_t kConfigMembersMax = 4096;  // of its environment, its labels and the like, each

// All but tags and size; the id is the digest of the text. Errors: kInvalid, kLimit.
Result<ports::Image> read_image_config(std::string_view json_text);

}  // namespace es::images
