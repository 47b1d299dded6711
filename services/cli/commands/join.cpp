#include "services/cli/commands/all.h"
#include "services/cli/document.h"
#include "services/cli/engine.h"
#include "services/cli/syntax.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

constexpr size_t kMaxAddresses = 16;

}  // namespace

Result<int> join(Call& call) {
  Json body{{"token", ""}, {"addresses", Json::array()}};
  const auto member = [&body](const char* name) {
    return [&body, name](const std::string& text) -> Status {
      body[name] = text;
      return {};
    };
  };
  std::vector<std::string> words;
  Syntax syntax(call, {"join ESWTKN-1-…", "join ESWTKN-1-… 192.168.1.10:2377"});
  syntax.value("advertise-addr", "IP[:PORT]",
               "Where the other nodes reach this one (default: found by itself)",
               member("advertise_address"));
  syntax.value("listen-addr", "IP[:PORT]", "Where this node listens (default 0.0.0.0:2377)",
               member("listen_address"));
  syntax.value("availability", "AVAILABILITY", "active, pause or drain (default active)",
               member("availability"));
  syntax.value("token", "TOKEN", "The token, for those who write it as Docker does",
               member("token"));
  syntax.arguments(words, 0, kMaxAddresses + 1);
  if (const auto code = syntax.parse()) return *code;
  if (body["token"] == "") {
    if (words.empty())
      return syntax.misuse(
          "the token is missing; `edgeswarm join-token worker` on a manager shows it");
    body["token"] = words.front();
    words.erase(words.begin());
  }
  body["addresses"] = words;

  Engine engine(call.socket_path);
  ES_TRY(const Json answer, engine.post("/edgeswarm/v1/join", body));
  call.console.out("This node joined a swarm as a " +
                   std::string(flag_at(answer, "/manager") ? "manager" : "worker") + ".\n");
  return kDone;
}

}  // namespace es::cli
