#include "services/daemon/options.h"

#include <algorithm>
#include <cstdio>
#include <functional>

#include "core/identity/node_words.h"
#include "platform/linux/crypto/atomic_file.h"
#include "services/cli/human.h"
#include "services/cli/suggest.h"
#include "services/cli/values.h"

namespace es::daemon {

namespace {

constexpr const char* kHelp =
    "Usage:  edgeswarm daemon [OPTIONS]\n"
    "\n"
    "Run the daemon: one on every board, as root\n"
    "\n"
    "Options:\n"
    "      --config FILE          Lines of FLAG = VALUE; '#' begins a comment\n"
    "      --data-dir DIR         What must survive a reboot\n"
    "                             (default /var/lib/edgeswarm)\n"
    "      --gossip-port PORT     The same on every node (default 7946)\n"
    "      --hostname NAME        Name of this node (default: the machine's)\n"
    "      --label KEY=VALUE      For constraints on engine.labels.KEY; may be given\n"
    "                             more than once\n"
    "      --listen-addr IP[:PORT]\n"
    "                             Of the control port (default 0.0.0.0:2377)\n"
    "      --offer-cpus NUMBER    CPUs that tasks may reserve (default: all)\n"
    "      --offer-memory SIZE    Memory that tasks may reserve (default: what the\n"
    "                             board has to spare)\n"
    "      --run-dir DIR          Sockets and running tasks (default /run/edgeswarm)\n"
    "      --runtime PATH         crun or runc (default: what is installed)\n"
    "\n"
    "Examples:\n"
    "  edgeswarm daemon\n"
    "  edgeswarm daemon --data-dir /mnt/usb/edgeswarm --hostname pi-kitchen\n"
    "  edgeswarm daemon --config /etc/edgeswarm.conf\n";

constexpr size_t kMaxConfigBytes = 64 * 1024;

Status take_folder(const std::string& text, std::string& folder) {
  if (!text.starts_with('/')) return invalid("\"" + text + "\" is not an absolute path");
  folder = text;
  return {};
}

Status take_port(const std::string& text, uint16_t& port) {
  ES_TRY(const uint64_t number, cli::parse_count(text));
  if (number == 0 || number > 65'535) return invalid("\"" + text + "\" is no port between 1 and 65535");
  port = static_cast<uint16_t>(number);
  return {};
}

using Take = std::function<Status(const std::string& text, Options& options)>;

struct Flag {
  std::string name;
  Take take;
};

const std::vector<Flag>& all_flags() {
  static const std::vector<Flag> flags{
      {"data-dir", [](const auto& text, Options& to) { return take_folder(text, to.data_dir); }},
      {"gossip-port", [](const auto& text, Options& to) { return take_port(text, to.gossip_port); }},
      {"hostname", [](const auto& text, Options& to) -> Status {
         ES_CHECK(identity::check_hostname(text));
         to.hostname = text;
         return {};
       }},
      {"label", [](const auto& text, Options& to) -> Status {
         const cli::KeyValue label = cli::split_key_value(text);
         if (label.key.empty()) return invalid("\"" + text + "\" is no KEY=VALUE");
         to.engine_labels[label.key] = label.value;
         return {};
       }},
      {"listen-addr", [](const auto& text, Options& to) -> Status {
         ES_TRY(to.listen, SocketAddress::parse(text, to.listen.port));
         return {};
       }},
      {"offer-cpus", [](const auto& text, Options& to) -> Status {
         ES_TRY(to.offered_cpu_nano, cli::parse_cpus(text));
         return {};
       }},
      {"offer-memory", [](const auto& text, Options& to) -> Status {
         ES_TRY(to.offered_memory_bytes, cli::parse_size(text));
         return {};
       }},
      {"run-dir", [](const auto& text, Options& to) { return take_folder(text, to.run_dir); }},
      {"runtime", [](const auto& text, Options& to) { return take_folder(text, to.runtime); }},
  };
  return flags;
}

const Flag* find_flag(const std::string& name) {
  for (const Flag& flag : all_flags()) {
    if (flag.name == name) return &flag;
  }
  return nullptr;
}

std::string hint_for(const std::string& name) {
  std::vector<std::string> names;
  for (const Flag& flag : all_flags()) names.push_back("--" + flag.name);
  const auto meant = cli::nearest("--" + name, names);
  return meant ? "; did you mean " + *meant + "?" : "";
}

Status take(const std::string& name, const std::string& value, Options& options) {
  const Flag* flag = find_flag(name);
  if (flag == nullptr) return invalid("unknown flag --" + name + hint_for(name));
  const Status taken = flag->take(value, options);
  if (taken.ok()) return {};
  return invalid("--" + name + ": " + taken.error().message);
}

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// What stands in the file gives way to the command line, so it is read first.
Status take_config(const std::string& path, Options& options) {
  const auto file = crypto::read_file(path, kMaxConfigBytes);
  if (!file.ok()) return file.error();
  const std::string text(file->view());
  int number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = trimmed(text.substr(begin, end - begin));
    begin = end + 1;
    ++number;
    if (line.empty() || line[0] == '#') continue;
    const size_t equals = line.find('=');
    const std::string place = path + ":" + std::to_string(number) + ": ";
    if (equals == std::string::npos) return invalid(place + "\"" + line + "\" is no FLAG = VALUE");
    const Status taken = take(trimmed(line.substr(0, equals)), trimmed(line.substr(equals + 1)), options);
    if (!taken.ok()) return invalid(place + taken.error().message);
  }
  return {};
}

struct Given {
  std::vector<std::pair<std::string, std::string>> flags;
  bool wants_help = false;
};

Result<Given> read_words(int argc, char** argv) {
  Given given;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--help" || word == "-h") {
      given.wants_help = true;
      continue;
    }
    if (!word.starts_with("--")) return invalid("\"" + word + "\" is no flag; the daemon takes only flags");
    const size_t equals = word.find('=');
    const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
    if (name != "config" && find_flag(name) == nullptr) {
      return invalid("unknown flag --" + name + hint_for(name));
    }
    if (equals != std::string::npos) {
      given.flags.emplace_back(name, word.substr(equals + 1));
    } else if (i + 1 < argc) {
      given.flags.emplace_back(name, argv[++i]);
    } else {
      return invalid("the flag --" + name + " needs a value");
    }
  }
  return given;
}

Result<Options> options_of(const Given& given) {
  Options options;
  for (const auto& [name, value] : given.flags) {
    if (name == "config") ES_CHECK(take_config(value, options));
  }
  for (const auto& [name, value] : given.flags) {
    if (name != "config") ES_CHECK(take(name, value, options));
  }
  return options;
}

Parsed refused(const Error& error) {
  std::fprintf(stderr, "edgeswarm daemon: %s\n`edgeswarm daemon --help` says more.\n", cli::one_line(error.message).c_str());
  return {std::nullopt, 2};
}

}  // namespace

Parsed parse_options(int argc, char** argv) {
  const auto given = read_words(argc, argv);
  if (!given.ok()) return refused(given.error());
  if (given->wants_help) {
    std::fputs(kHelp, stdout);
    return {std::nullopt, 0};
  }
  auto options = options_of(*given);
  if (!options.ok()) return refused(options.error());
  return {std::move(*options), 0};
}

}  // namespace es::daemon
