#include "services/http/request_parser.h"

#include <utility>

#include "llhttp.h"

namespace es::http {

struct RequestParser::State {
  explicit State(Events& listener) : events(listener) { reset(); }

  void reset();
  Fed feed(std::string_view bytes);

  // What llhttp calls; each returns HPE_OK or what fail() returns.
  int on_url(std::string_view piece);
  int on_header_name(std::string_view piece);
  int on_header_value(std::string_view piece);
  int on_head_complete();
  int on_body(std::string_view piece);
  int count_head(std::string_view piece);
  int fail(int status, std::string message);

  bool has_body() const { return (parser.flags & F_CHUNKED) != 0 || parser.content_length > 0; }
  // The first rule that the head breaks; nothing when it is in order.
  std::optional<RequestError> check_head();

  Events& events;
  llhttp_t parser{};
  Request request;
  std::string target;
  size_t head_bytes = 0;
  bool begun = false;
  bool header_ended = true;  // the next piece of a name begins another header
  bool head_ended = false;   // headers that come now are trailers
  bool collects = true;
  bool complete = false;
  std::optional<RequestError> error;
};

namespace {

using State = RequestParser::State;

State& state_of(llhttp_t* parser) { return *static_cast<State*>(parser->data); }

template <int (State::*kMethod)(std::string_view)>
int on_piece(llhttp_t* parser, const char* at, size_t length) {
  return (state_of(parser).*kMethod)({at, length});
}

const llhttp_settings_t& settings() {
  static const llhttp_settings_t kSettings = [] {
    llhttp_settings_t made;
    llhttp_settings_init(&made);
    made.on_url = on_piece<&State::on_url>;
    made.on_header_field = on_piece<&State::on_header_name>;
    made.on_header_value = on_piece<&State::on_header_value>;
    made.on_header_value_complete = [](llhttp_t* parser) { state_of(parser).header_ended = true; return 0; };
    made.on_headers_complete = [](llhttp_t* parser) { return state_of(parser).on_head_complete(); };
    made.on_chunk_extension_name = on_piece<&State::count_head>;
    made.on_chunk_extension_value = on_piece<&State::count_head>;
    made.on_body = on_piece<&State::on_body>;
    // Paused, so that the bytes of a pipelined request stay where they are until this one is answered.
    made.on_message_complete = [](llhttp_t* parser) {
      state_of(parser).complete = true;
      return static_cast<int>(HPE_PAUSED);
    };
    return made;
  }();
  return kSettings;
}

RequestError describe(const llhttp_t& parser) {
  switch (llhttp_get_errno(&parser)) {
    case HPE_INVALID_METHOD: return {400, "not an HTTP request: unknown method"};
    case HPE_INVALID_VERSION: return {400, "not a valid HTTP request: only HTTP/1.0 and HTTP/1.1 are spoken here"};
    case HPE_PAUSED_H2_UPGRADE: return {505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
    default: break;
  }
  const char* reason = llhttp_get_error_reason(&parser);
  return {400, "not a valid HTTP request" + (reason != nullptr && *reason != '\0' ? ": " + std::string(reason) : "")};
}

}  // namespace

void RequestParser::State::reset() {
  llhttp_init(&parser, HTTP_REQUEST, &settings());
  parser.data = this;
  request = {};
  target.clear();
  head_bytes = 0;
  begun = head_ended = complete = false;
  header_ended = collects = true;
}

RequestParser::Fed RequestParser::State::feed(std::string_view bytes) {
  if (error) return {0, false, error};
  begun = begun || !bytes.empty();
  const llhttp_errno_t code = llhttp_execute(&parser, bytes.data(), bytes.size());
  if (complete) return {static_cast<size_t>(llhttp_get_error_pos(&parser) - bytes.data()), true, {}};
  if (code != HPE_OK && !error) error = describe(parser);
  return {bytes.size(), false, error};
}

int RequestParser::State::fail(int status, std::string message) {
  error = RequestError{status, std::move(message)};
  return HPE_USER;
}

int RequestParser::State::count_head(std::string_view piece) {
  head_bytes += piece.size();
  return head_bytes > kMaxHeadBytes ? fail(431, "the request's head is longer than 64 KiB") : 0;
}

int RequestParser::State::on_url(std::string_view piece) {
  target.append(piece);
  return count_head(piece);
}

// Trailers are counted and forgotten: nothing here reads them.
int RequestParser::State::on_header_name(std::string_view piece) {
  if (!head_ended) {
    if (header_ended) {
      if (request.headers.size() == kMaxHeaders) return fail(431, "the request has more than 100 headers");
      request.headers.emplace_back();
      header_ended = false;
    }
    request.headers.back().name.append(piece);
  }
  return count_head(piece);
}

int RequestParser::State::on_header_value(std::string_view piece) {
  if (!head_ended) request.headers.back().value.append(piece);
  return count_head(piece);
}

std::optional<RequestError> RequestParser::State::check_head() {
  if (parser.http_major != 1) return RequestError{505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
  const size_t hosts = count_headers(request.headers, "Host");
  // RFC 9112 §3.2: exactly one Host in a request of HTTP/1.1.
  if (hosts > 1 || (hosts == 0 && parser.http_minor == 1)) {
    return RequestError{400, "the request must have exactly one Host header"};
  }
  if (parser.upgrade != 0) return RequestError{501, "this connection cannot be upgraded to another protocol"};
  const auto encoding = find_header(request.headers, "Transfer-Encoding");
  if (encoding && (!equal_ignoring_case(*encoding, "chunked") ||
                   count_headers(request.headers, "Transfer-Encoding") > 1 ||
                   find_header(request.headers, "Content-Length"))) {
    return RequestError{400, "the request's length is ambiguous: Transfer-Encoding must be \"chunked\" and alone"};
  }
  return std::nullopt;
}

int RequestParser::State::on_head_complete() {
  head_ended = true;
  request.method = llhttp_method_name(static_cast<llhttp_method_t>(parser.method));
  request.keep_alive = llhttp_should_keep_alive(&parser) != 0;
  request.is_http_1_0 = parser.http_minor == 0;
  if (auto broken = check_head()) return fail(broken->status, std::move(broken->message));
  auto parsed = parse_target(target);
  if (!parsed.ok()) return fail(400, parsed.error().message);
  request.target = std::move(parsed).value();
  collects = events.on_head(request, has_body());
  if (collects && (parser.flags & F_CONTENT_LENGTH) != 0 && parser.content_length > kMaxBodyBytes) {
    return fail(413, "the request's body is longer than 4 MiB");
  }
  return 0;
}

int RequestParser::State::on_body(std::string_view piece) {
  if (!collects) {
    events.on_body(piece);
    return 0;
  }
  if (request.body.size() + piece.size() > kMaxBodyBytes) return fail(413, "the request's body is longer than 4 MiB");
  request.body.append(piece);
  return 0;
}

RequestParser::RequestParser(Events& events) : state_(std::make_unique<State>(events)) {}
RequestParser::~RequestParser() = default;

RequestParser::Fed RequestParser::feed(std::string_view bytes) { return state_->feed(bytes); }
bool RequestParser::has_begun() const { return state_->begun; }

Request RequestParser::take() {
  ES_ASSERT(state_->complete);
  Request request = std::move(state_->request);
  state_->reset();
  return request;
}

}  // namespace es::http
