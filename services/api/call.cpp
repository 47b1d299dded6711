#include "services/api/call.h"

#include <charconv>

#include "services/json/time_text.h"

namespace es::api {

int status_of(Errc code) {
  switch (code) {
    case Errc::kInvalid: return 400;
    case Errc::kNotFound: return 404;
    case Errc::kConflict: return 409;
    case Errc::kOutOfSequence: return 500;  // as Docker does; clients know the sentence
    case Errc::kPrecondition: return 400;
    case Errc::kUnauthorized: return 403;
    case Errc::kUnavailable: return 503;
    case Errc::kLimit: return 429;
    case Errc::kUnsupported: return 501;
    case Errc::kCorrupt: return 500;
    case Errc::kIo: return 500;
    case Errc::kTimeout: return 504;
  }
  return 500;
}

Result<Version> Call::version(std::string_view what) const {
  const std::string_view text = query("version");
  Version version;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), version.index);
  if (code != std::errc() || end != text.data() + text.size() || text.empty()) {
    return invalid("invalid " + std::string(what) + " version '" + std::string(text.substr(0, 32)) + "'");
  }
  return version;
}

Result<std::optional<WallTime>> Call::time(std::string_view name) const {
  const std::string_view text = query(name);
  if (text.empty()) return std::optional<WallTime>();
  const auto time = json::parse_timestamp(text);
  if (!time.ok()) return invalid("invalid value for \"" + std::string(name) + "\": " + time.error().message);
  return std::optional<WallTime>(*time);
}

void Call::reply(const Json& document, int status) const {
  responder.send({status, {{"Content-Type", "application/json"}}, json::print(document) + "\n"});
}

void Call::reply_empty(int status) const { responder.send({status, {}, {}}); }

void Call::fail(const Error& error) const { responder.send(http::error_response(status_of(error.code), error.message)); }

}  // namespace es::api
