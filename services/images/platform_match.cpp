#include "services/images/platform_match.h"

namespace es::images {

namespace {

constexpr int kExact = 100;

// "v6" is 6. An image for "arm" without a variant means v7, one for "arm64" v8
// (containerd/platforms, normalize).
int arm_version(const Platform& platform) {
  if (platform.variant.size() == 2 && platform.variant[0] == 'v') return platform.variant[1] - '0';
  return platform.architecture == "arm64" ? 8 : 7;
}

}  // namespace

std::optional<int> match_platform(const Platform& node, const Platform& image) {
  if (node.os != image.os || node.architecture != image.architecture) return std::nullopt;
  if (node.architecture == "arm" || node.architecture == "arm64") {
    const int age = arm_version(node) - arm_version(image);
    return age >= 0 ? std::optional(kExact - age) : std::nullopt;
  }
  if (node.variant == image.variant) return kExact;
  return image.variant.empty() ? std::optional(0) : std::nullopt;
}

std::string platform_text(const Platform& platform) {
  std::string text = platform.os + "/" + platform.architecture;
  if (!platform.variant.empty()) text += "/" + platform.variant;
  return text;
}

}  // namespace es::images
