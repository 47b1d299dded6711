#pragma once
// Requests and responses of HTTP/1.1 as values.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace es::http {

struct Header {
  std::string name;
  std::string value;
};
using Headers = std::vector<Header>;

// The value of the first header of that name, in any case of letters; nothing when there is none.
std::optional<std::string_view> find_header(const Headers& headers, std::string_view name);
size_t count_headers(const Headers& headers, std::string_view name);
bool equal_ignoring_case(std::string_view a, std::string_view b);

// What follows the method: "/v1.44/nodes?filters=%7B%7D", decoded.
struct Target {
  std::string path;                                         // begins with '/'
  std::vector<std::pair<std::string, std::string>> query;  // in the order given

  // The first value of that name, or "".
  std::string_view parameter(std::string_view name) const;
  bool has(std::string_view name) const;
  // Docker's rule: "", "0", "no", "false" and "none" are false, everything else is true.
  bool flag(std::string_view name) const;
};

// Errors: kInvalid, for escapes that are none and for control characters, encoded ones too.
Result<Target> parse_target(std::string_view text);
// Encodes all but unreserved characters; '/' stays when `keep_slash`.
std::string percent_encode(std::string_view text, bool keep_slash = false);

struct Request {
  std::string method;
  Target target;
  Headers headers;
  std::string body;  // empty when the body is streamed
  bool keep_alive = true;
  bool is_http_1_0 = false;
};

struct Response {
  int status = 200;
  Headers headers;  // without Content-Length, Transfer-Encoding, Connection and Date
  std::string body;
};

std::string_view reason_phrase(int status);

// An error as Docker's clients read it: {"message": …}, Content-Type exactly "application/json".
Response error_response(int status, std::string_view message);

}  // namespace es::http
