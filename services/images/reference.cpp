#include "services/images/reference.h"

#include "core/model/image_reference.h"

namespace es::images {

namespace {

constexpr size_t kShownBytes = 255;

}  // namespace

Result<std::string> familiar_reference(std::string_view reference) {
  const Error wrong = invalid("\"" + std::string(reference.substr(0, kShownBytes)) + "\" is not the name of an image");
  const auto parts = ImageReference::parse(reference);
  if (!parts) return wrong;
  std::string_view domain = parts->domain;
  std::string_view path = parts->path;
  if (domain == "docker.io" || domain == "index.docker.io") {
    // Without it the path's own first part may be taken for the host.
    const auto alone = ImageReference::parse(path);
    domain = alone && alone->domain.empty() ? "" : "docker.io";
  }
  if (domain.empty() && path.starts_with("library/") && path.find('/', 8) == path.npos)
    path.remove_prefix(8);
  if (domain.empty() && is_digest("sha256:" + std::string(path))) return wrong;  // that is an id
  std::string familiar = domain.empty() ? std::string(path) : std::string(domain) + "/" + std::string(path);
  const std::string_view tag = parts->tag.empty() && parts->digest.empty() ? "latest" : parts->tag;
  if (!tag.empty()) familiar.append(":").append(tag);
  if (!parts->digest.empty()) familiar.append("@").append(parts->digest);
  return familiar;
}

}  // namespace es::images
