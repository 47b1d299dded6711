#include "services/cli/help.h"

#include <algorithm>

#include "services/cli/commands.h"
#include "services/cli/human.h"

namespace es::cli {

namespace {

constexpr size_t kColumns = 80;
constexpr size_t kMaxLeftColumn = 36;  // a longer flag has its text on the next line

// "q,quiet" -> "  -q, --quiet"; "quiet" -> "      --quiet".
std::string shown_names(const FlagHelp& flag) {
  const size_t comma = flag.names.find(',');
  std::string shown = flag.names.size() == 1 ? "  -" + flag.names : "      --" + flag.names;
  if (comma != std::string::npos)
    shown = "  -" + flag.names.substr(0, comma) + ", --" + flag.names.substr(comma + 1);
  return flag.word.empty() ? shown : shown + " " + flag.word;
}

std::string sort_key(const FlagHelp& flag) {
  const size_t comma = flag.names.find(',');
  return comma == std::string::npos ? flag.names : flag.names.substr(comma + 1);
}

// One row of two columns; what does not fit goes on below.
std::string two_columns(const std::string& left, std::string_view right, size_t width,
                        size_t min_gap = 2) {
  std::string out = left;
  size_t used = left.size();
  const auto new_line = [&] {
    out += "\n";
    used = 0;
  };
  if (used + min_gap > width) new_line();
  for (const std::string& line : wrap(right, kColumns - width)) {
    out += std::string(width - used, ' ') + line;
    new_line();
  }
  return out;
}

std::string flag_list(std::string_view title, const std::vector<FlagHelp>& flags) {
  if (flags.empty()) return {};
  size_t width = 0;
  for (const FlagHelp& flag : flags) width = std::max(width, shown_names(flag).size() + 3);
  width = std::min(width, kMaxLeftColumn);
  std::string out = "\n" + std::string(title) + ":\n";
  for (const FlagHelp& flag : flags) out += two_columns(shown_names(flag), flag.text, width);
  return out;
}

std::vector<FlagHelp> global_flags() {
  return {{"H", "unix://PATH", "The daemon's socket (or $EDGESWARM_HOST)"},
          {"run-dir", "DIR", "The folder of the daemon's socket (default /run/edgeswarm)"},
          {"help", "", "Show this"}};
}

}  // namespace

std::string command_help(const Command& command, std::vector<FlagHelp> flags,
                         const std::vector<std::string>& examples) {
  std::ranges::stable_sort(flags, {}, sort_key);
  const std::string usage = "Usage:  edgeswarm " + std::string(command.name);
  std::string out = two_columns(usage, command.usage, usage.size() + 1, 1);
  out += "\n" + std::string(command.summary) + "\n";
  if (!command.alias.empty()) out += "\nAlias:\n  edgeswarm " + std::string(command.alias) + "\n";
  out += flag_list("Options", flags);
  out += flag_list("Global options", global_flags());
  if (!examples.empty()) out += "\nExamples:\n";
  for (const std::string& example : examples) out += "  edgeswarm " + example + "\n";
  return out;
}

std::string group_help(std::string_view group) {
  const std::string prefix = group.empty() ? "" : std::string(group) + " ";
  std::string out = "Usage:  edgeswarm " + prefix + "COMMAND\n";
  if (group.empty()) out += "\nTurns a handful of boards into one machine that runs containers.\n";
  out += "\nCommands:\n";
  if (group.empty())
    out += two_columns("  daemon", "Run this node; everything else talks to it", 21);
  for (const Command& command : all_commands()) {
    if (command.name.starts_with(prefix))
      out += two_columns("  " + std::string(command.name), command.summary, 21);
  }
  out += flag_list("Global options", global_flags());
  if (group.empty()) {
    out +=
        "\nExamples:\n"
        "  edgeswarm init                                      on the first board\n"
        "  edgeswarm join TOKEN                                on every other board\n"
        "  edgeswarm service create --name web --replicas 3 busybox httpd -f\n"
        "  edgeswarm service ps web\n";
  }
  return out + "\n`edgeswarm " + prefix + "COMMAND --help` says more about a command.\n";
}

}  // namespace es::cli
