#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "services/cli/commands/all.h"
#include "services/cli/document.h"
#include "services/cli/engine.h"
#include "services/cli/syntax.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

constexpr size_t kMaxAddresses = 16;
constexpr size_t kMaxTokenBytes = 4'096;

// The first word of a file, or of standard input for "-". Errors: kIo, kInvalid.
Result<std::string> read_token(const std::string& path) {
  const bool is_input = path == "-";
  const std::string name = is_input ? "standard input" : path;
  const int file = is_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return Error{Errc::kIo, "cannot open " + path + ": " + std::strerror(errno)};
  std::string text;
  std::array<char, 512> piece;
  ssize_t count = 0;
  while (text.size() <= kMaxTokenBytes && (count = ::read(file, piece.data(), piece.size())) > 0)
    text.append(piece.data(), static_cast<size_t>(count));
  const int code = errno;
  if (!is_input) ::close(file);
  if (count < 0) return Error{Errc::kIo, "cannot read " + name + ": " + std::strerror(code)};
  constexpr const char* kBlanks = " \t\r\n";
  const size_t from = text.find_first_not_of(kBlanks);
  if (from == text.npos || text.size() > kMaxTokenBytes) return invalid("there is no token in " + name);
  return text.substr(from, text.find_first_of(kBlanks, from) - from);
}

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
  Syntax syntax(call, {"join ESWTKN-1-…", "join ESWTKN-1-… 192.168.1.10:2377", "join - < token.txt"});
  std::string token_file;
  syntax.value("advertise-addr", "IP[:PORT]",
               "Where the other nodes reach this one (default: found by itself)",
               member("advertise_address"));
  syntax.value("listen-addr", "IP[:PORT]", "Where this node listens (default 0.0.0.0:2377)",
               member("listen_address"));
  syntax.value("availability", "AVAILABILITY", "active, pause or drain (default active)",
               member("availability"));
  syntax.value("token", "TOKEN", "The token, for those who write it as Docker does",
               member("token"));
  syntax.text(token_file, "token-file", "FILE",
              "A file with the token in it, which no other user sees then (\"-\" as the TOKEN: "
              "standard input)");
  syntax.arguments(words, 0, kMaxAddresses + 1);
  if (const auto code = syntax.parse()) return *code;
  if (!token_file.empty()) {
    ES_TRY(body["token"], read_token(token_file));
  } else if (body["token"] == "") {
    if (words.empty())
      return syntax.misuse(
          "the token is missing; `edgeswarm join-token worker` on a manager shows it");
    body["token"] = words.front();
    if (words.front() == "-") {
      ES_TRY(body["token"], read_token("-"));
    }
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
