#include "services/api/image_document.h"

#include "services/json/time_text.h"
#include "services/json/write.h"

namespace es::api {

using json::Json;

namespace {

// A set in Go's notation: {"80/tcp":{}}. The names are those of an object, each there once.
Json set_document(const std::vector<std::string>& names) {
  Json out = Json::object();
  for (const std::string& name : names) {
    out.get_ref<Json::object_t&>().emplace_back(name, Json::object());
  }
  return out;
}

Json list_or_null(const std::vector<std::string>& list) { return list.empty() ? Json() : Json(list); }

Json config_document(const ports::ImageConfig& config) {
  Json out{{"User", config.user},
           {"Env", config.env},
           {"Cmd", list_or_null(config.command)},
           {"WorkingDir", config.dir},
           {"Entrypoint", list_or_null(config.entrypoint)},
           {"Labels", json::write(config.labels)}};
  if (!config.exposed_ports.empty()) out["ExposedPorts"] = set_document(config.exposed_ports);
  if (!config.volumes.empty()) out["Volumes"] = set_document(config.volumes);
  if (!config.stop_signal.empty()) out["StopSignal"] = config.stop_signal;
  return out;
}

}  // namespace

Json image_summary(const ports::Image& image) {
  return Json{{"Id", image.id},
              {"ParentId", ""},
              {"RepoTags", image.tags},
              {"RepoDigests", Json::array()},
              {"Created", image.created_at.ns / 1'000'000'000},
              {"Size", image.size_bytes},
              {"SharedSize", -1},
              {"Labels", json::write(image.config.labels)},
              {"Containers", -1}};
}

Json image_document(const ports::Image& image) {
  Json out{{"Id", image.id},
           {"RepoTags", image.tags},
           {"RepoDigests", Json::array()},
           {"Parent", ""},
           {"Comment", ""},
           {"Created", json::rfc3339(image.created_at)},
           {"DockerVersion", ""},
           {"Author", ""},
           {"Config", config_document(image.config)},
           {"Architecture", image.platform.architecture},
           {"Os", image.platform.os},
           {"Size", image.size_bytes},
           {"GraphDriver", Json{{"Data", nullptr}, {"Name", "overlay2"}}},
           {"RootFS", Json{{"Type", "layers"}, {"Layers", image.layers}}},
           {"Metadata", Json{{"LastTagTime", json::rfc3339(WallTime{})}}}};
  if (!image.platform.variant.empty()) out["Variant"] = image.platform.variant;
  return out;
}

Json distribution_document(const ports::Image& image) {
  Json platform{{"architecture", image.platform.architecture}, {"os", image.platform.os}};
  if (!image.platform.variant.empty()) platform["variant"] = image.platform.variant;
  return Json{{"Descriptor", Json{{"mediaType", "application/vnd.oci.image.manifest.v1+json"},
                                  {"digest", image.id},
                                  {"size", image.size_bytes}}},
              {"Platforms", Json::array({std::move(platform)})}};
}

}  // namespace es::api
