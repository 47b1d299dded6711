#include "services/images/archive_plan.h"

#include <algorithm>
#include <set>

#include "core/model/image_reference.h"
#include "platform/linux/images/layer_store.h"
#include "platform/linux/images/rooted_dir.h"
#include "services/images/image_config.h"
#include "services/images/lenient_json.h"
#include "services/images/platform_match.h"
#include "services/images/reference.h"

namespace es::images {

namespace {

constexpr int kIndexDepthMax = 4;
constexpr size_t kCandidatesMax = 256;
constexpr size_t kImagesMax = 64;
constexpr int kLinksMax = 8;
constexpr size_t kTagsMax = 256;  // of one image
// An index may be named many times, by other indexes too. What is looked at again counts again.
constexpr size_t kDescriptorsMax = 4096;
constexpr size_t kDocumentBytesMax = 64 << 20;

// One manifest of an OCI layout, and the platform that its index gives it.
struct Candidate {
  std::string digest;
  std::optional<Platform> platform;
};

class Planner {
 public:
  Planner(const ArchiveContents& contents, const Platform& node)
      : contents_(&contents), node_(&node) {}

  Result<std::vector<PlannedImage>> from_docker_manifest(const std::string& text) const;
  Result<std::vector<PlannedImage>> from_oci_index(const std::string& text);

 private:
  Result<PlannedImage> docker_image(const json::Json& entry) const;
  Result<PlannedImage> oci_image(const Candidate& candidate);
  Status collect(const json::Json& descriptor, int depth, std::vector<Candidate>& candidates);
  Result<Candidate> choose(const std::vector<Candidate>& candidates) const;
  Result<std::string> document(const std::string& digest);
  Status attach_layers(PlannedImage& planned, const std::vector<std::string>& paths,
                       const std::vector<std::string>& digests) const;
  Result<std::string> follow_links(const std::string& path) const;

  const ArchiveContents* contents_;
  const Platform* node_;
  size_t descriptors_ = 0;     // looked at
  size_t document_bytes_ = 0;  // read
};

std::string blob_path(const std::string& digest) {
  return "blobs/sha256/" + digest.substr(digest.find(':') + 1);
}

Status add_tag(PlannedImage& planned, const std::string& name) {
  ES_TRY(std::string tag, familiar_reference(name));
  if (tag.find('@') != tag.npos) return {};
  auto& tags = planned.image.tags;
  if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(std::move(tag));
  return {};
}

Result<std::string> Planner::follow_links(const std::string& path) const {
  ES_TRY(std::string at, RootedDir::clean(path));
  for (int links = 0; links < kLinksMax; ++links) {
    const auto link = contents_->links.find(at);
    if (link == contents_->links.end()) return at;
    at = link->second;
  }
  return invalid("the archive's links lead in a circle");
}

Status Planner::attach_layers(PlannedImage& planned, const std::vector<std::string>& paths,
                              const std::vector<std::string>& digests) const {
  const auto& diff_ids = planned.image.layers;
  if (paths.size() != diff_ids.size()) {
    return invalid("the manifest names " + std::to_string(paths.size()) +
                   " layers, the configuration " + std::to_string(diff_ids.size()));
  }
  for (size_t i = 0; i < paths.size(); ++i) {
    ES_TRY(const std::string path, follow_links(paths[i]));
    const auto found = contents_->layers.find(path);
    if (found == contents_->layers.end())
      return invalid("the archive has no layer \"" + paths[i] + "\", which its manifest names");
    const UnpackedLayer& layer = found->second;
    const bool blob_fits = digests.empty() || layer.blob_digest == digests[i];
    if (!blob_fits || layer.diff_id != diff_ids[i]) {
      return invalid("the layer \"" + paths[i] +
                     "\" does not have the digest that the archive says");
    }
    planned.layers.push_back(&layer);
    planned.image.size_bytes += static_cast<int64_t>(layer.facts.content_bytes);
  }
  return {};
}

Result<PlannedImage> Planner::docker_image(const json::Json& entry) const {
  ES_TRY(const std::string config, text_member(entry, "Config"));
  ES_TRY(const std::vector<std::string> layers, texts_member(entry, "Layers"));
  ES_TRY(const std::vector<std::string> names, texts_member(entry, "RepoTags"));
  ES_TRY(const std::string path, follow_links(config));
  const auto text = contents_->documents.find(path);
  if (text == contents_->documents.end())
    return invalid("the archive has no configuration \"" + config + "\", which its manifest names");

  PlannedImage planned;
  planned.config_text = text->second;
  ES_TRY(planned.image, read_image_config(planned.config_text));
  // The file is named by its digest, "<digits>.json" or "blobs/sha256/<digits>".
  const std::string name = path.substr(path.rfind('/') + 1);
  const std::string named = "sha256:" + name.substr(0, name.find('.'));
  if (is_digest(named) && named != planned.image.id)
    return invalid("the configuration \"" + config + "\" does not have the digest of its name");
  if (names.size() > kTagsMax) {
    return Error{Errc::kLimit, "an image with more than " + std::to_string(kTagsMax) + " names"};
  }
  for (const std::string& one : names) ES_CHECK(add_tag(planned, one));
  ES_CHECK(attach_layers(planned, layers, {}));
  return planned;
}

Result<std::vector<PlannedImage>> Planner::from_docker_manifest(const std::string& text) const {
  ES_TRY(const json::Json manifest, json::parse(text));
  if (!manifest.is_array() || manifest.empty())
    return invalid("manifest.json is not a list of images");
  if (manifest.size() > kImagesMax)
    return Error{Errc::kLimit,
                 "more than " + std::to_string(kImagesMax) + " images in one archive"};
  std::vector<PlannedImage> images;
  for (const json::Json& entry : manifest) {
    ES_TRY(PlannedImage planned, docker_image(entry));
    images.push_back(std::move(planned));
  }
  return images;
}

Result<std::string> Planner::document(const std::string& digest) {
  if (!is_digest(digest)) return invalid("\"" + digest.substr(0, 80) + "\" is not a sha256 digest");
  const auto found = contents_->documents.find(blob_path(digest));
  if (found == contents_->documents.end())
    return invalid("the archive has no " + digest + ", which it names");
  document_bytes_ += found->second.size();
  if (document_bytes_ > kDocumentBytesMax)
    return Error{Errc::kLimit, "the archive's indexes name the same documents too often"};
  if (digest_of(found->second) != digest)
    return invalid("the content of " + digest + " has another digest");
  return found->second;
}

// Manifests beneath a descriptor of an index. What signs or describes other manifests is no image.
Status Planner::collect(const json::Json& descriptor, int depth,
                        std::vector<Candidate>& candidates) {
  if (++descriptors_ > kDescriptorsMax)
    return Error{Errc::kLimit, "the archive's indexes name too many manifests"};
  if (depth > kIndexDepthMax) return Error{Errc::kLimit, "indexes inside indexes, too deep"};
  if (candidates.size() >= kCandidatesMax)
    return Error{Errc::kLimit, "the image has too many manifests"};
  ES_TRY(const std::string digest, text_member(descriptor, "digest"));
  ES_TRY(const std::string type, text_member(descriptor, "mediaType"));
  if (type.find("image.index") != type.npos || type.find("manifest.list") != type.npos) {
    ES_TRY(const std::string text, document(digest));
    ES_TRY(const json::Json index, json::parse(text));
    ES_TRY(const auto manifests, objects_member(index, "manifests"));
    for (const json::Json* one : manifests) ES_CHECK(collect(*one, depth + 1, candidates));
    return {};
  }
  if (member(descriptor, "annotations").contains("vnd.docker.reference.type")) return {};
  Candidate candidate{digest, {}};
  if (const json::Json& platform = member(descriptor, "platform"); platform.is_object()) {
    candidate.platform.emplace();
    ES_TRY(candidate.platform->architecture, text_member(platform, "architecture"));
    ES_TRY(candidate.platform->os, text_member(platform, "os"));
    ES_TRY(candidate.platform->variant, text_member(platform, "variant"));
    if (candidate.platform->os == "unknown") return {};
  }
  candidates.push_back(std::move(candidate));
  return {};
}

Result<Candidate> Planner::choose(const std::vector<Candidate>& candidates) const {
  if (candidates.empty()) return invalid("the archive holds no image");
  if (candidates.size() == 1) return candidates.front();  // whoever loads it says so by loading it
  const Candidate* best = nullptr;
  int best_score = -1;
  std::string offered;
  for (const Candidate& one : candidates) {
    const Platform platform = one.platform.value_or(Platform());
    const auto score = match_platform(*node_, platform);
    if (score && *score > best_score) {
      best = &one;
      best_score = *score;
    }
    offered += (offered.empty() ? "" : ", ") + platform_text(platform);
  }
  if (best != nullptr) return *best;
  return invalid("the archive has no image for " + platform_text(*node_) + ", only for " + offered);
}

Result<PlannedImage> Planner::oci_image(const Candidate& candidate) {
  ES_TRY(const std::string text, document(candidate.digest));
  ES_TRY(const json::Json manifest, json::parse(text));
  ES_TRY(const std::string config_digest, text_member(member(manifest, "config"), "digest"));
  ES_TRY(const auto descriptors, objects_member(manifest, "layers"));
  std::vector<std::string> paths;
  std::vector<std::string> digests;
  for (const json::Json* descriptor : descriptors) {
    ES_TRY(std::string digest, text_member(*descriptor, "digest"));
    if (!is_digest(digest)) return invalid("a layer's digest is not a sha256 digest");
    paths.push_back(blob_path(digest));
    digests.push_back(std::move(digest));
  }
  PlannedImage planned;
  ES_TRY(planned.config_text, document(config_digest));
  ES_TRY(planned.image, read_image_config(planned.config_text));
  ES_CHECK(attach_layers(planned, paths, digests));
  return planned;
}

// containerd and buildx write the whole name into one annotation; skopeo and podman into the other,
// where buildx has the tag alone.
Result<std::string> name_of(const json::Json& descriptor) {
  const json::Json& annotations = member(descriptor, "annotations");
  ES_TRY(std::string name, text_member(annotations, "io.containerd.image.name"));
  if (!name.empty()) return name;
  ES_TRY(name, text_member(annotations, "org.opencontainers.image.ref.name"));
  return name.find_first_of(":/") != name.npos ? name : std::string();
}

Result<std::vector<PlannedImage>> Planner::from_oci_index(const std::string& text) {
  ES_TRY(const json::Json index, json::parse(text));
  ES_TRY(const auto descriptors, objects_member(index, "manifests"));
  // Manifests of one name are one image for several platforms.
  std::map<std::string, std::vector<Candidate>> by_name;
  for (const json::Json* descriptor : descriptors) {
    ES_TRY(const std::string name, name_of(*descriptor));
    ES_CHECK(collect(*descriptor, 0, by_name[name]));
  }
  if (by_name.empty()) return invalid("index.json names no image");
  if (by_name.size() > kImagesMax)
    return Error{Errc::kLimit,
                 "more than " + std::to_string(kImagesMax) + " images in one archive"};
  std::vector<PlannedImage> images;
  for (const auto& [name, candidates] : by_name) {
    ES_TRY(const Candidate chosen, choose(candidates));
    ES_TRY(PlannedImage planned, oci_image(chosen));
    if (!name.empty()) ES_CHECK(add_tag(planned, name));
    images.push_back(std::move(planned));
  }
  return images;
}

}  // namespace

Result<std::vector<PlannedImage>> plan_images(const ArchiveContents& contents,
                                              const Platform& node) {
  Planner planner(contents, node);
  // A `docker save` since version 25 is both; its manifest.json alone has all names.
  if (const auto found = contents.documents.find("manifest.json");
      found != contents.documents.end()) {
    return planner.from_docker_manifest(found->second);
  }
  if (const auto found = contents.documents.find("index.json"); found != contents.documents.end()) {
    return planner.from_oci_index(found->second);
  }
  return invalid(
      "this is not an image archive: it has neither manifest.json (docker save) nor index.json "
      "(OCI)");
}

}  // namespace es::images
