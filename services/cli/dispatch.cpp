#include "services/cli/dispatch.h"

#include <algorithm>

#include "services/cli/commands.h"
#include "services/cli/help.h"
#include "services/cli/human.h"
#include "services/cli/suggest.h"
#include "services/cli/syntax.h"
#include "services/daemon/version.h"

namespace es::cli {

namespace {

constexpr std::string_view kDefaultSocket = "/run/edgeswarm/docker.sock";

bool is_help(const std::string& word) { return word == "--help" || word == "-h" || word == "help"; }

// Global flags may stand before the command, as Docker's do: they are moved behind it, where every
// command reads them. Behind it --host may be a flag of the command's own, so that it is spelled -H
// there. Errors: kInvalid (a flag without its value).
Result<std::vector<std::string>> take_global_flags(std::vector<std::string>& words) {
  constexpr std::string_view kHost = "--host";
  std::vector<std::string> taken;
  while (!words.empty()) {
    const std::string word = words.front();
    const bool takes_next = word == "-H" || word == kHost || word == "--run-dir";
    const bool has_value = word.starts_with("--host=") || word.starts_with("--run-dir=") ||
                           (word.starts_with("-H") && word.size() > 2);
    if (!takes_next && !has_value) break;
    taken.push_back(word.starts_with(kHost) ? "-H" : word);
    if (word.starts_with("--host=")) taken.push_back(word.substr(kHost.size() + 1));
    words.erase(words.begin());
    if (!takes_next) continue;
    if (words.empty()) return invalid("the flag " + word + " needs a value");
    taken.push_back(words.front());
    words.erase(words.begin());
  }
  return taken;
}

bool is_group(const std::string& word) {
  return std::ranges::any_of(all_commands(),
                             [&](const Command& one) { return one.name.starts_with(word + " "); });
}

int unknown_command(const Console& console, const std::string& given) {
  std::vector<std::string> names{"daemon", "node", "service", "image"};
  for (const Command& command : all_commands()) names.emplace_back(command.name);
  const auto meant = nearest(given, names);
  console.err("edgeswarm: there is no command \"" + one_line(given) + "\"" +
              (meant ? "; did you mean `edgeswarm " + *meant + "`?" : "") +
              "\n`edgeswarm --help` lists all.\n");
  return kMisused;
}

int misused(const Console& console, const std::string& message) {
  console.err("edgeswarm: " + one_line(message) + "\n`edgeswarm --help` says more.\n");
  return kMisused;
}

Result<std::string> default_socket(const std::string& host) {
  if (host.empty()) return std::string(kDefaultSocket);
  auto path = parse_host(host);
  if (!path.ok()) return invalid("EDGESWARM_HOST: \"" + host + "\": " + path.error().message);
  return path;
}

int run_command(const Command& command, std::vector<std::string> words, std::string socket_path,
                Console& console) {
  Call call{command, std::move(words), console, std::move(socket_path)};
  const Result<int> code = command.run(call);
  if (code.ok()) return *code;
  console.err("edgeswarm: " + one_line(code.error().message) + "\n");
  return kFailed;
}

}  // namespace

int dispatch(std::vector<std::string> words, const std::string& host, Console& console) {
  const auto globals = take_global_flags(words);
  if (!globals.ok()) return misused(console, globals.error().message);
  if (words.empty() || is_help(words.front())) {
    console.out(group_help(""));
    return kDone;
  }
  if (words.front() == "--version") {
    console.out("edgeswarm " + std::string(daemon::kVersion) + "\n");
    return kDone;
  }
  const auto socket_path = default_socket(host);
  if (!socket_path.ok()) return misused(console, socket_path.error().message);
  std::string name = words.front();
  if (name == "daemon") return misused(console, "the flags of `edgeswarm daemon` stand behind it");
  words.erase(words.begin());
  if (is_group(name)) {
    if (words.empty() || is_help(words.front())) {
      console.out(group_help(name));
      return kDone;
    }
    name += " " + words.front();
    words.erase(words.begin());
  }
  const Command* const command = find_command(name);
  if (command == nullptr) return unknown_command(console, name);
  words.insert(words.begin(), globals->begin(), globals->end());
  return run_command(*command, std::move(words), *socket_path, console);
}

}  // namespace es::cli
