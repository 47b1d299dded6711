#include "services/cli/image_name.h"

#include "core/model/image_reference.h"

namespace es::cli {

ImageName split_image_name(const std::string& text) {
  const size_t slash = text.rfind('/');
  const size_t colon = text.find(':', slash == std::string::npos ? 0 : slash);
  if (colon == std::string::npos) return {text, ""};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

std::string with_default_tag(const std::string& text) {
  const bool has_digest = text.find('@') != std::string::npos;
  return has_digest || !split_image_name(text).tag.empty() ? text : text + ":latest";
}

Result<std::string> parse_image(const std::string& text) {
  if (!ImageReference::parse(text))
    return invalid("invalid reference format: an image is NAME, NAME:TAG or NAME@DIGEST, its name in lower case");
  return with_default_tag(text);
}

}  // namespace es::cli
