#pragma once
// RequestParser: bytes of one connection in, requests out; llhttp with bounds around it. It knows no socket. Where a request ends is
// decided in its strict mode only: whoever sends both Content-Length and Transfer-Encoding is refused (RFC 9112 §6.3).

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "services/http/message.h"

namespace es::http {

constexpr size_t kMaxHeadBytes = 64 << 10;  // request line, headers and trailers
constexpr size_t kMaxHeaders = 100;
constexpr size_t kMaxBodyBytes = 4 << 20;  // of a body that is collected; a streamed one is its receiver's affair

struct RequestError {
  int status = 400;
  std::string message;
};

class RequestParser {
 public:
  // What the parser says while it is fed.
  class Events {
   public:
    virtual ~Events() = default;
    // The head of a request, without its body. `has_body`: Content-Length is not 0, or it is chunked.
    // True: the body shall be collected into the request; false: it goes to on_body() piece by piece.
    virtual bool on_head(const Request& head, bool has_body) = 0;
    virtual void on_body(std::string_view piece) = 0;
  };

  // `events` outlives the parser.
  explicit RequestParser(Events& events);
  ~RequestParser();

  struct Fed {
    size_t consumed = 0;
    bool complete = false;  // a request ended here: take() it, then feed the rest
    std::optional<RequestError> error;  // final: nothing after it can be understood
  };
  Fed feed(std::string_view bytes);

  // The request that is complete, with its body if that was collected; the parser is ready for the next one. Pre: feed() said complete.
  Request take();

  // True after the first byte of a request until it is taken.
  bool has_begun() const;

  struct State;  // llhttp and what was read so far

 private:
  std::unique_ptr<State> state_;
};

}  // namespace es::http
