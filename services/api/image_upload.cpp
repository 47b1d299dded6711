#include "services/api/image_upload.h"

#include "services/api/call.h"

namespace es::api {

namespace {

// Docker's answer to a load: one JSON object a line.
std::string progress_lines(const std::vector<std::string>& loaded) {
  std::string lines;
  for (const std::string& name : loaded) {
    const bool is_id = name.starts_with("sha256:");
    lines += json::print({{"stream", (is_id ? "Loaded image ID: " : "Loaded image: ") + name + "\n"}}) + "\n";
  }
  return lines;
}

class Upload : public http::BodySink {
 public:
  Upload(ClusterControl& control, const http::Responder& responder) {
    ImageLoad::Events events;
    events.flow = [responder](bool paused) { responder.pause_body(paused); };
    events.done = [responder](Result<std::vector<std::string>> loaded) {
      if (!loaded.ok()) {
        const Errc code = loaded.error().code;
        // Bytes that are no image are the sender's fault.
        const int status = code == Errc::kCorrupt ? 400 : status_of(code);
        return responder.send(http::error_response(status, loaded.error().message));
      }
      responder.send({200, {{"Content-Type", "application/json"}}, progress_lines(*loaded)});
    };
    load_ = control.load_image(std::move(events));
  }

  void on_piece(std::string_view piece) override { load_->feed(piece); }
  void on_end() override { load_->finish(); }

 private:
  std::unique_ptr<ImageLoad> load_;
};

}  // namespace

bool is_image_upload(std::string_view method, std::string_view path) {
  return method == "POST" && path == "/images/load";
}

std::unique_ptr<http::BodySink> make_image_upload(ClusterControl& control, const http::Responder& responder) {
  return std::make_unique<Upload>(control, responder);
}

}  // namespace es::api
