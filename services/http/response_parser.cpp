#include "services/http/response_parser.h"

#include <optional>
#include <string>
#include <utility>

#include "llhttp.h"
#include "services/http/client.h"
#include "services/http/request_parser.h"

namespace es::http {

struct ResponseParser::State {
  llhttp_t parser{};
  std::function<bool(std::string_view)> on_body;
  bool is_head_request = false;
  Response response;
  size_t head_bytes = 0;
  bool header_ended = true;
  bool head_ended = false;
  bool complete = false;
  bool stopped = false;
  bool keeps_alive = false;
  std::optional<Error> error;

  int fail(Errc code, const char* message) {
    error = Error{code, message};
    return HPE_USER;
  }

  int count_head(std::string_view piece) {
    head_bytes += piece.size();
    return head_bytes > kMaxHeadBytes ? fail(Errc::kLimit, "the answer's head is longer than 64 KiB") : 0;
  }

  int on_header_name(std::string_view piece) {
    if (!head_ended) {
      if (std::exchange(header_ended, false)) response.headers.emplace_back();
      response.headers.back().name.append(piece);
    }
    return count_head(piece);
  }

  int on_header_value(std::string_view piece) {
    if (!head_ended) response.headers.back().value.append(piece);
    return count_head(piece);
  }

  int on_head_complete() {
    head_ended = true;
    response.status = parser.status_code;
    return is_head_request ? 1 : 0;  // 1: no body follows, whatever the head says
  }

  int on_piece(std::string_view piece) {
    if (on_body && response.status / 100 == 2) {
      if (on_body(piece)) return 0;
      stopped = true;
      return HPE_USER;
    }
    if (response.body.size() + piece.size() > kMaxCollectedBytes) {
      return fail(Errc::kLimit, "the answer is longer than 64 MiB");
    }
    response.body.append(piece);
    return 0;
  }

  // "100 Continue" announces the answer and is none.
  int on_message_complete() {
    if (response.status < 200) {
      response = {};
      head_ended = false;
      header_ended = true;
      return 0;
    }
    keeps_alive = llhttp_should_keep_alive(&parser) != 0;
    complete = true;
    return HPE_PAUSED;
  }
};

namespace {

using State = ResponseParser::State;

State& state_of(llhttp_t* parser) { return *static_cast<State*>(parser->data); }

template <int (State::*kMethod)(std::string_view)>
int on_text(llhttp_t* parser, const char* at, size_t length) {
  return (state_of(parser).*kMethod)({at, length});
}

const llhttp_settings_t& settings() {
  static const llhttp_settings_t kSettings = [] {
    llhttp_settings_t made;
    llhttp_settings_init(&made);
    made.on_header_field = on_text<&State::on_header_name>;
    made.on_header_value = on_text<&State::on_header_value>;
    made.on_header_value_complete = [](llhttp_t* parser) { state_of(parser).header_ended = true; return 0; };
    made.on_headers_complete = [](llhttp_t* parser) { return state_of(parser).on_head_complete(); };
    made.on_body = on_text<&State::on_piece>;
    made.on_message_complete = [](llhttp_t* parser) { return state_of(parser).on_message_complete(); };
    return made;
  }();
  return kSettings;
}

}  // namespace

ResponseParser::ResponseParser(bool is_head_request, std::function<bool(std::string_view)> on_body)
    : state_(std::make_unique<State>()) {
  llhttp_init(&state_->parser, HTTP_RESPONSE, &settings());
  state_->parser.data = state_.get();
  state_->is_head_request = is_head_request;
  state_->on_body = std::move(on_body);
}
ResponseParser::~ResponseParser() = default;

Status ResponseParser::feed(std::string_view bytes) {
  const llhttp_errno_t code = llhttp_execute(&state_->parser, bytes.data(), bytes.size());
  if (state_->complete || state_->stopped) return {};
  if (state_->error) return *state_->error;
  return code == HPE_OK ? Status() : corrupt("the daemon's answer is not HTTP");
}

Status ResponseParser::feed_end() {
  if (llhttp_finish(&state_->parser) == HPE_OK || state_->complete) {
    if (state_->complete) return {};
  }
  return unavailable("the daemon closed the connection before its answer was complete");
}

bool ResponseParser::is_complete() const { return state_->complete; }
bool ResponseParser::was_stopped() const { return state_->stopped; }
bool ResponseParser::keep_alive() const { return state_->keeps_alive; }
Response ResponseParser::take() { return std::move(state_->response); }

}  // namespace es::http
