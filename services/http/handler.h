#pragma once
// Handler: what a server serves.

#include <memory>
#include <string_view>

#include "services/http/message.h"
#include "services/http/responder.h"

namespace es::http {

// Takes a request body piece by piece. When it is destroyed without on_end(), the body did not come whole.
class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual void on_piece(std::string_view piece) = 0;
  virtual void on_end() = 0;
};

class Handler {
 public:
  virtual ~Handler() = default;

  // Asked when the head of a request with a body is there. A sink gets the body, and handle() is not called for this
  // request; without a sink the body is collected, up to kMaxBodyBytes.
  virtual std::unique_ptr<BodySink> stream(const Request& head, const Responder& responder) = 0;

  // The whole request. Never blocks; the answer may come later.
  virtual void handle(Request request, Responder responder) = 0;
};

}  // namespace es::http
