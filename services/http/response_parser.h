#pragma once
// ResponseParser: the client's side of llhttp: bytes in, one response out.

#include <functional>
#include <memory>
#include <string_view>

#include "core/base/result.h"
#include "services/http/message.h"

namespace es::http {

class ResponseParser {
 public:
  // `on_body` as in ClientRequest; may be empty.
  ResponseParser(bool is_head_request, std::function<bool(std::string_view)> on_body);
  ~ResponseParser();

  // Errors: kCorrupt, kLimit.
  Status feed(std::string_view bytes);
  // The connection has ended; so has a body without a length. Errors: kUnavailable.
  Status feed_end();

  bool is_complete() const;
  bool was_stopped() const;  // on_body said false
  bool keep_alive() const;
  Response take();

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace es::http
