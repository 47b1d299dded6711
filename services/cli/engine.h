#pragma once
// Engine: the daemon as the commands see it: Docker's API with JSON in and out, and errors that say
// what to do.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "services/json/json_fwd.h"
#include "services/http/client.h"

namespace es::cli {

using json::Json;

// A query string: query({{"force", "1"}}) is "?force=1"; pairs with an empty value are left out.
std::string query(const std::vector<std::pair<std::string, std::string>>& parameters);
// What --filter was given, "key=value" each, as Docker's document {"key":{"value":true}}. Pre: each
// has a '='.
std::string filters_document(const std::vector<std::string>& filters);

class Engine {
 public:
  explicit Engine(const std::string& socket_path) : path_(socket_path), client_(socket_path) {}

  // `target` is a path of Docker's API without its version, with a query. The document is null when
  // the answer has no body. Errors: those of request() below, and the daemon's own.
  Result<Json> get(const std::string& target);
  Result<Json> post(const std::string& target);
  Result<Json> post(const std::string& target, const Json& body);
  Result<Json> remove(const std::string& target);

  // For what is streamed. Errors: kUnavailable with what to do about it; what the daemon answered
  // with a status that is not 2xx.
  Result<http::Response> request(http::ClientRequest request);

 private:
  Result<Json> exchange(const char* method, const std::string& target, std::string body);
  Error explain(const Error& error) const;

  std::string path_;
  http::Client client_;
};

// An id, a name or the beginning of an id as part of a path.
std::string path_part(std::string_view text);

}  // namespace es::cli
