#include "services/api/service_request.h"

#include <algorithm>

#include "services/api/networks.h"

namespace es::api {

namespace {

void drop_own_digest(const ports::Images& images, std::string& reference) {
  const size_t at = reference.find('@');
  if (at == std::string::npos) return;
  const auto image = images.find(reference.substr(0, at));
  if (image && image->id == reference.substr(at + 1)) reference.resize(at);
}

// Equal as far as Docker's clients can tell.
bool equal_without_variants(const std::vector<Platform>& a, const std::vector<Platform>& b) {
  return std::ranges::equal(a, b, [](const Platform& x, const Platform& y) {
    return x.architecture == y.architecture && x.os == y.os;
  });
}

void complete_platforms(const ports::Images& images, const ServiceSpec* previous, TaskSpec& task) {
  std::vector<Platform>& platforms = task.placement.platforms;
  const bool has_same_image = previous != nullptr && previous->task.container.image == task.container.image;
  const auto image = images.find(task.container.image);
  if (image && (platforms.empty() || equal_without_variants(platforms, {image->platform}))) {
    platforms = {image->platform};
  } else if (has_same_image && (platforms.empty() || equal_without_variants(platforms, previous->task.placement.platforms))) {
    platforms = previous->task.placement.platforms;
  } else if (previous != nullptr && !has_same_image &&
             equal_without_variants(platforms, previous->task.placement.platforms)) {
    platforms.clear();  // those of the image before
  }
}

}  // namespace

Status complete_service_spec(const ports::Images& images, const ServiceSpec* previous, ServiceSpec& spec) {
  drop_own_digest(images, spec.task.container.image);
  complete_platforms(images, previous, spec.task);
  for (NetworkAttachmentConfig& network : spec.task.networks) {
    const auto name = predefined_network(network.target);
    if (!name) return not_found("network " + network.target.substr(0, 128) + " not found");
    network.target = *name;
  }
  return {};
}

}  // namespace es::api
