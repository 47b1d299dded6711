#pragma once
// Syntax: the flags and arguments that one command takes. A command declares them, bound to its own
// variables, and parses; --help, the global flags, and what to say about mistakes are dealt with
// here. Own code and not CLI11: that brings the C++ library's streams and locales into a static binary,
// 1 MB of the 4 that it may have (docs/decisions/0003-no-streams.md).

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/cli/command.h"

namespace es::cli {

// The path of the daemon's socket, which is given as unix://PATH. Errors: kInvalid.
Result<std::string> parse_host(const std::string& text);

class Syntax {
 public:
  // `call` outlives the syntax. `examples` are lines for --help, without the program's name.
  Syntax(Call& call, std::initializer_list<std::string_view> examples);
  ~Syntax();
  Syntax(const Syntax&) = delete;
  Syntax& operator=(const Syntax&) = delete;

  // Names are "quiet" or "q,quiet"; `word` stands for the value in --help. What is bound outlives
  // parse().
  void flag(bool& value, std::string_view names, std::string_view help);
  void text(std::string& value, std::string_view names, std::string_view word,
            std::string_view help);
  void texts(std::vector<std::string>& values, std::string_view names, std::string_view word,
             std::string_view help);
  // Called once for each time that the flag is given, after all have been read. An error is the
  // user's mistake.
  using Take = std::function<Status(const std::string& text)>;
  void value(std::string_view names, std::string_view word, std::string_view help, Take take);
  // As value(), for a flag without one: "--init" is "true", "--init=false" is "false".
  void toggle(std::string_view names, std::string_view help, Take take);
  // A flag of Docker's that we do not have: whoever uses it is told why. It is not in --help.
  void refuse(std::string_view names, std::string_view why);

  void arguments(std::vector<std::string>& values, size_t min, size_t max);
  // All behind the first argument are arguments too: they are a command that runs elsewhere.
  void stop_at_first_argument();

  // Nothing when the command may go on; else its exit code: help was shown, or a mistake.
  std::optional<int> parse();

  // Says what is wrong with the command line and how to get help. Returns kMisused.
  int misuse(const std::string& message) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace es::cli
