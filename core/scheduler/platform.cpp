#include "core/scheduler/platform.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace es::scheduler {

namespace {

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

struct Alias {
  std::string_view name;
  std::string_view architecture;
  std::string_view variant;
};

// What uname and Debian call the architectures.
constexpr std::array kAliases = {
    Alias{"x86_64", "amd64", ""}, Alias{"x86-64", "amd64", ""}, Alias{"aarch64", "arm64", ""},
    Alias{"armhf", "arm", "v7"},  Alias{"armv7l", "arm", "v7"}, Alias{"armv7", "arm", "v7"},
    Alias{"armv6l", "arm", "v6"}, Alias{"armv6", "arm", "v6"},  Alias{"armv8l", "arm", "v8"},
    Alias{"armel", "arm", "v6"},
};

Platform normalized(const Platform& platform) {
  Platform out{lowered(platform.architecture), lowered(platform.os), lowered(platform.variant)};
  for (const Alias& alias : kAliases) {
    if (out.architecture != alias.name) continue;
    out.architecture = alias.architecture;
    if (out.variant.empty()) out.variant = alias.variant;
  }
  if (out.architecture == "arm" && out.variant.empty()) out.variant = "v7";
  return out;
}

// "v6" → 6; 0 for what is no ARM version.
int arm_version(std::string_view variant) {
  return variant.size() == 2 && variant[0] == 'v' && variant[1] >= '0' && variant[1] <= '9'
             ? variant[1] - '0'
             : 0;
}

}  // namespace

bool runs(const Platform& node_platform, const Platform& image_platform) {
  const Platform node = normalized(node_platform);
  const Platform image = normalized(image_platform);
  if (!image.os.empty() && image.os != node.os) return false;
  if (image.architecture.empty()) return true;
  if (image.architecture != node.architecture) return false;
  if (image.architecture != "arm") return true;
  return arm_version(image.variant) <= arm_version(node.variant);
}

bool runs_any(const Platform& node, const std::vector<Platform>& images) {
  return images.empty() || std::any_of(images.begin(), images.end(),
                                       [&](const Platform& image) { return runs(node, image); });
}

}  // namespace es::scheduler
