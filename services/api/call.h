#pragma once
// Call: one request on its way through the API: what was asked, what it is asked of, and the ways to answer. Shared by the callbacks that
// lead to the answer.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "services/api/cluster_control.h"
#include "services/api/event_history.h"
#include "services/http/responder.h"
#include "services/json/json.h"

namespace es::api {

using json::Json;

int status_of(Errc code);

class Call {
 public:
  Call(ClusterControl& to, const EventHistory& past, http::Request asked, http::Responder answer)
      : control(to), history(past), request(std::move(asked)), responder(std::move(answer)) {}

  std::string_view query(std::string_view name) const { return request.target.parameter(name); }
  bool flag(std::string_view name) const { return request.target.flag(name); }
  // What stood for the {…} of the route's pattern, in order.
  const std::string& argument(size_t index) const { return arguments.at(index); }

  // The body as JSON. Errors: kInvalid; also for an empty one.
  Result<Json> body() const { return json::parse(request.body); }
  // The number in ?version=; `what` is named in the error. Errors: kInvalid.
  Result<Version> version(std::string_view what) const;
  // The time in the parameter `name`, in the forms of json::parse_timestamp; nothing when it is empty. Errors: kInvalid.
  Result<std::optional<WallTime>> time(std::string_view name) const;

  void reply(const Json& document, int status = 200) const;
  void reply_empty(int status = 200) const;
  void fail(const Error& error) const;

  // Wraps a handler of a result: errors are answered here.
  template <class T, class Then>
  static Done<T> then(std::shared_ptr<Call> call, Then next) {
    return [call, next](Result<T> result) {
      if (!result.ok()) return call->fail(result.error());
      if constexpr (std::is_void_v<T>) next();
      else next(std::move(result).value());
    };
  }

  ClusterControl& control;
  const EventHistory& history;
  http::Request request;
  http::Responder responder;
  std::vector<std::string> arguments;
};

using CallPtr = std::shared_ptr<Call>;

// Answers with the error, if there is one, and returns from the handler.
#define ES_REPLY_TRY(declaration, call, expression) \
  ES_REPLY_TRY_INNER(ES_CONCAT(es_reply_, __LINE__), declaration, call, expression)
#define ES_REPLY_TRY_INNER(name, declaration, call, expression) \
  auto name = (expression);                                     \
  if (!name.ok()) return (call)->fail(name.error());            \
  declaration = std::move(name).value()

}  // namespace es::api
