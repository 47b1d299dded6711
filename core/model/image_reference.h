#pragma once
// ImageReference: the name of an image in its parts, by Docker's grammar (github.com/distribution/reference).

#include <optional>
#include <string_view>

namespace es {

// "sha256:" and 64 lower-case hexadecimal digits.
bool is_digest(std::string_view text);

struct ImageReference {
  std::string_view domain;  // "registry.lan:5000"; empty: none is written
  std::string_view path;    // "library/busybox"
  std::string_view tag;     // "1.36"; empty: none is written
  std::string_view digest;  // is_digest(), or empty

  // Parts of `text`; nothing for what is no name of an image.
  static std::optional<ImageReference> parse(std::string_view text);
};

}  // namespace es
