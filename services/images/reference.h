#pragma once
// Names of images as Docker writes and prints them (github.com/distribution/reference):
// "docker.io/library/busybox" is "busybox:latest".

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace es::images {

// The name with its tag, in the short form that Docker prints; a digest behind it is kept. Errors:
// kInvalid.
Result<std::string> familiar_reference(std::string_view reference);

}  // namespace es::images
