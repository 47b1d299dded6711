#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "services/cli/commands/all.h"
#include "services/cli/document.h"
#include "services/cli/engine.h"
#include "services/cli/human.h"
#include "services/cli/syntax.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

// The archive; standard input for "" and "-".
class Archive {
 public:
  Archive() = default;
  ~Archive() {
    if (descriptor_ > STDIN_FILENO) ::close(descriptor_);
  }
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  Status open(const std::string& path) {
    if (path.empty() || path == "-") return {};
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0)
      return Error{Errc::kIo, "cannot open " + path + ": " + std::strerror(errno)};
    return {};
  }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = STDIN_FILENO;
};

// Redraws one line, and only when it says something new.
void show_upload(const Console& console, uint64_t sent_bytes, std::string& shown) {
  const std::string text = "Sent " + human_size(sent_bytes);
  if (text == shown) return;
  shown = text;
  console.out("\r" + text + "\033[K");
}

// The daemon's answer: one JSON object a line.
Status print_answer(const Console& console, std::string_view lines, bool quiet) {
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    if (line.empty()) continue;
    ES_TRY(const Json message, json::parse(line));
    if (const std::string error = text_at(message, "/error"); !error.empty())
      return Error{Errc::kIo, one_line(error)};
    std::string said = text_at(message, "/stream");
    const bool ends_line = said.ends_with('\n');
    if (ends_line) said.pop_back();
    if (!quiet) console.out(one_line(said) + (ends_line ? "\n" : ""));
  }
  return {};
}

}  // namespace

Result<int> image_load(Call& call) {
  std::string input;
  bool quiet = false;
  Syntax syntax(call, {"image load -i app.tar.gz", "image load < app.tar"});
  syntax.text(
      input, "i,input", "FILE",
      "The archive: of `docker save` or OCI, plain, gzip or zstd (default: standard input)");
  syntax.flag(quiet, "q,quiet", "Print nothing when it went well");
  if (const auto code = syntax.parse()) return *code;
  Archive archive;
  ES_CHECK(archive.open(input));
  if (::isatty(archive.descriptor()) == 1)
    return syntax.misuse(
        "standard input is a terminal: give an archive with -i FILE or through a pipe");

  Engine engine(call.socket_path);
  std::string shown;
  http::ClientRequest request;
  request.method = "POST";
  request.target = "/images/load" + query({{"quiet", quiet ? "1" : ""}});
  request.headers = {{"Content-Type", "application/x-tar"}};
  request.upload_fd = archive.descriptor();
  if (call.console.is_terminal && !quiet) {
    request.on_upload_progress = [&](uint64_t sent_bytes) {
      show_upload(call.console, sent_bytes, shown);
    };
  }
  const auto response = engine.request(std::move(request));
  if (!shown.empty()) call.console.out("\r\033[K");
  if (!response.ok()) return response.error();
  ES_CHECK(print_answer(call.console, response->body, quiet));
  return kDone;
}

}  // namespace es::cli
