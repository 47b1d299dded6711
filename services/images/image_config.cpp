#include "services/images/image_config.h"

#include "core/model/image_reference.h"
#include "platform/linux/images/layer_store.h"
#include "services/images/lenient_json.h"
#include "services/json/time_text.h"

namespace es::images {

namespace {

Result<ports::ImageConfig> read_run_config(const json::Json& config) {
  ports::ImageConfig out;
  ES_TRY(out.env, texts_member(config, "Env"));
  ES_TRY(out.entrypoint, texts_member(config, "Entrypoint"));
  ES_TRY(out.command, texts_member(config, "Cmd"));
  ES_TRY(out.dir, text_member(config, "WorkingDir"));
  ES_TRY(out.user, text_member(config, "User"));
  ES_TRY(out.stop_signal, text_member(config, "StopSignal"));
  ES_TRY(out.exposed_ports, names_member(config, "ExposedPorts"));
  ES_TRY(out.volumes, names_member(config, "Volumes"));
  ES_TRY(out.labels, text_map_member(config, "Labels"));
  // It is kept in memory, and joined with the service's at every start of a task.
  for (const size_t count : {out.env.size(), out.entrypoint.size(), out.command.size(),
                             out.exposed_ports.size(), out.volumes.size(), out.labels.size()}) {
    if (count > kConfigMembersMax) {
      return Error{Errc::kLimit, "it has more than " + std::to_string(kConfigMembersMax) +
                                     " labels, environment variables, ports, volumes or words"};
    }
  }
  return out;
}

Result<ports::Image> read(const json::Json& document) {
  if (!document.is_object()) return invalid("it is not an object");
  ports::Image image;
  ES_TRY(image.platform.architecture, text_member(document, "architecture"));
  ES_TRY(image.platform.os, text_member(document, "os"));
  ES_TRY(image.platform.variant, text_member(document, "variant"));
  if (image.platform.architecture.empty() || image.platform.os.empty()) {
    return invalid("\"architecture\" and \"os\" are missing");
  }
  ES_TRY(const std::string created, text_member(document, "created"));
  // For people only: an image whose time nobody understands runs as well.
  if (auto time = json::parse_rfc3339(created); time.ok()) image.created_at = *time;

  ES_TRY(image.layers, texts_member(member(document, "rootfs"), "diff_ids"));
  if (image.layers.size() > kLayersMax) {
    return Error{Errc::kLimit, "it has more than " + std::to_string(kLayersMax) + " layers"};
  }
  for (const std::string& diff_id : image.layers) {
    if (!is_digest(diff_id)) return invalid("\"diff_ids\" holds what is not a sha256 digest");
  }
  ES_TRY(image.config, read_run_config(member(document, "config")));
  return image;
}

}  // namespace

Result<ports::Image> read_image_config(std::string_view json_text) {
  if (json_text.size() > kConfigBytesMax)
    return Error{Errc::kLimit, "the image's configuration is larger than 1 MiB"};
  auto document = json::parse(json_text);
  auto image = document.ok() ? read(*document) : Result<ports::Image>(std::move(document).error());
  if (!image.ok())
    return Error{image.error().code, "the image's configuration: " + image.error().message};
  image->id = digest_of(json_text);
  return image;
}

}  // namespace es::images
