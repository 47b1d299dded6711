#pragma once
// "registry:5000/app:1": names of images as people write them.

#include <string>

#include "core/base/result.h"

namespace es::cli {

struct ImageName {
  std::string repository;
  std::string tag;  // empty: none was given
};

// The colon of a tag stands behind the last slash.
ImageName split_image_name(const std::string& text);

// "busybox" -> "busybox:latest", as Docker's client sends it; a name with a tag or a digest stays.
std::string with_default_tag(const std::string& text);

// The image that a service is to run, with_default_tag(). Errors: kInvalid.
Result<std::string> parse_image(const std::string& text);

}  // namespace es::cli
