// Requests of HTTP: a stream cut at arbitrary points gives the same requests, bodies and refusal as a
// whole one. Otherwise two readers of one stream could disagree about where a request ends.

#include <optional>
#include <vector>

#include "services/http/request_parser.h"
#include "tests/fuzz/input.h"

namespace {

using es::http::Request;
using es::http::RequestParser;

struct Seen final : RequestParser::Events {
  std::string text;      // of all that was understood
  std::string streamed;  // of the request at hand
  int status = 0;        // of the refusal

  bool on_head(const Request& head, bool has_body) override {
    streamed.clear();
    note(head, "head");
    text += has_body ? "with a body\n" : "without\n";
    return !head.target.has("stream");
  }
  void on_body(std::string_view piece) override { streamed += piece; }

  void note(const Request& request, const char* what) {
    text += std::string(what) + " " + request.method + " " + request.target.path + "\n";
    for (const auto& [name, value] : request.target.query) text += name + "=" + value + "\n";
    for (const auto& header : request.headers) text += header.name + ": " + header.value + "\n";
    text += request.keep_alive ? "keep\n" : "close\n";
  }
};

// False when the parser has refused what it saw.
bool feed(RequestParser& parser, Seen& seen, std::string_view bytes) {
  while (!bytes.empty()) {
    const RequestParser::Fed fed = parser.feed(bytes);
    if (fed.error) {
      seen.status = fed.error->status;
      ES_ASSERT(seen.status >= 400 && !fed.error->message.empty());
      return false;
    }
    ES_ASSERT(fed.consumed <= bytes.size());
    if (!fed.complete) return true;
    const Request request = parser.take();
    ES_ASSERT(request.body.size() <= es::http::kMaxBodyBytes);
    seen.note(request, "request");
    seen.text += request.body + seen.streamed + "\n";
    bytes.remove_prefix(fed.consumed);
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  es::fuzz::Input input(data, size);
  const size_t first = 1 + input.below(64);
  const size_t second = 1 + input.below(7);
  const std::string bytes = input.rest();
  Seen whole;
  RequestParser at_once(whole);
  feed(at_once, whole, bytes);
  Seen pieces;
  RequestParser parser(pieces);
  bool good = true;
  for (size_t at = 0; at < bytes.size() && good;) {
    const size_t piece = at == 0 ? first : second;
    good = feed(parser, pieces, std::string_view(bytes).substr(at, piece));
    at += piece;
  }
  ES_ASSERT(whole.status == pieces.status);
  ES_ASSERT(whole.text == pieces.text);
  return 0;
}
