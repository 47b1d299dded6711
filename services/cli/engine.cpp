#include "services/cli/engine.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "services/cli/human.h"
#include "services/cli/values.h"
#include "services/json/answer.h"

namespace es::cli {

namespace {

constexpr std::string_view kVersionPrefix = "/v1.44";
// Joining may look for the cluster on the LAN and waits for certificates; nothing takes longer.
constexpr int kAnswerTimeoutMs = 120'000;

Errc code_of(int status) {
  switch (status) {
    case 400:
      return Errc::kInvalid;
    case 403:
      return Errc::kUnauthorized;
    case 404:
      return Errc::kNotFound;
    case 409:
      return Errc::kConflict;
    case 501:
      return Errc::kUnsupported;
    case 503:
      return Errc::kUnavailable;
    default:
      return Errc::kIo;
  }
}

// The daemon speaks to Docker's CLI in its words.
std::string in_our_words(std::string message) {
  constexpr std::string_view kDockers = "docker swarm ";
  for (size_t at = message.find(kDockers); at != std::string::npos;
       at = message.find(kDockers, at)) {
    message.replace(at, kDockers.size(), "edgeswarm ");
  }
  message.erase(message.find_last_not_of(' ') + 1);
  return message;
}

Error error_of(const http::Response& response) {
  const auto document = json::parse(response.body);
  const bool has_message = document.ok() && document->is_object() &&
                           document->contains("message") && (*document)["message"].is_string();
  const std::string message =
      has_message ? (*document)["message"].get<std::string>()
                  : "the daemon answered with status " + std::to_string(response.status);
  if (message.find("update out of sequence") != std::string::npos)
    return {Errc::kOutOfSequence, message};
  return {code_of(response.status), in_our_words(one_line(message))};
}

}  // namespace

std::string query(const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    text += (text.empty() ? "?" : "&") + name + "=" + http::percent_encode(value);
  }
  return text;
}

std::string filters_document(const std::vector<std::string>& filters) {
  if (filters.empty()) return {};
  Json document = Json::object();
  for (const std::string& filter : filters) {
    const KeyValue pair = split_key_value(filter);
    document[pair.key][pair.value] = true;
  }
  return json::print(document);
}

std::string path_part(std::string_view text) { return http::percent_encode(text); }

Result<http::Response> Engine::request(http::ClientRequest request) {
  request.target = std::string(kVersionPrefix) + request.target;
  auto response = client_.request(request);
  if (!response.ok()) return explain(response.error());
  if (response->status < 200 || response->status > 299) return error_of(*response);
  return response;
}

// Why nobody answers, seen from outside.
Error Engine::explain(const Error& error) const {
  if (error.code != Errc::kUnavailable) return error;
  const std::string where = "no daemon answers at unix://" + path_;
  struct stat facts {};
  if (::stat(path_.c_str(), &facts) != 0) {
    if (errno == EACCES)
      return unavailable("permission denied at unix://" + path_ + ": run it with sudo");
    return unavailable(where +
                       ": there is no such socket; start `edgeswarm daemon`, or say with -H or "
                       "--run-dir where it is");
  }
  if (::access(path_.c_str(), W_OK) != 0) {
    return unavailable("permission denied at unix://" + path_ +
                       ": run it with sudo, or join the group that owns the socket");
  }
  if (!S_ISSOCK(facts.st_mode)) return unavailable(where + ": it is not a socket");
  if (error.message.starts_with("cannot reach")) {
    return unavailable(where + ": it has stopped; start it again with `edgeswarm daemon`");
  }
  return error;
}

Result<Json> Engine::exchange(const char* method, const std::string& target, std::string body) {
  http::ClientRequest asked;
  asked.method = method;
  asked.target = target;
  asked.timeout_ms = kAnswerTimeoutMs;
  if (!body.empty()) asked.headers = {{"Content-Type", "application/json"}};
  asked.body = std::move(body);
  ES_TRY(const http::Response response, request(std::move(asked)));
  return response.body.empty() ? Result<Json>(Json()) : json::parse_answer(response.body);
}

Result<Json> Engine::get(const std::string& target) { return exchange("GET", target, {}); }
Result<Json> Engine::post(const std::string& target) { return exchange("POST", target, {}); }
Result<Json> Engine::post(const std::string& target, const Json& body) {
  return exchange("POST", target, json::print(body));
}
Result<Json> Engine::remove(const std::string& target) { return exchange("DELETE", target, {}); }

}  // namespace es::cli
