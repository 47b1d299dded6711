#include "services/cli/syntax.h"

#include <algorithm>

#include "CLI/CLI.hpp"
#include "services/cli/help.h"
#include "services/cli/suggest.h"
#include "services/cli/values.h"

namespace es::cli {

namespace {

constexpr std::string_view kSocketName = "/docker.sock";

// "q,quiet" -> "-q,--quiet"; "H" -> "-H".
std::string dashed(std::string_view names) {
  const size_t comma = names.find(',');
  if (names.size() == 1) return "-" + std::string(names);
  if (comma == std::string_view::npos) return "--" + std::string(names);
  return "-" + std::string(names.substr(0, comma)) + ",--" + std::string(names.substr(comma + 1));
}

// By which a flag is called in messages.
std::string long_name(std::string_view names) {
  if (names.size() == 1) return dashed(names);
  const size_t comma = names.find(',');
  return "--" + std::string(comma == std::string_view::npos ? names : names.substr(comma + 1));
}

bool is_unknown_flag(const std::string& word) { return word.size() > 1 && word[0] == '-'; }

}  // namespace

struct Syntax::State {
  State(Call& call_, std::initializer_list<std::string_view> lines)
      : call(call_), examples(lines.begin(), lines.end()) {}

  Call& call;
  std::vector<std::string> examples;
  CLI::App app;
  std::vector<FlagHelp> shown;
  std::vector<std::string> long_names;
  std::vector<std::string>* arguments = nullptr;
  size_t arguments_min = 0;
  size_t arguments_max = 0;
  bool wants_help = false;

  struct Given {
    std::string flag;
    Take take;
    bool needs_value = true;
    std::vector<std::string> values;
  };
  // Of value() and toggle(), in the order of their declaration; addresses must not change.
  std::vector<std::unique_ptr<Given>> given;

  void declare(std::string_view names, std::string_view word, std::string_view help) {
    shown.push_back({std::string(names), std::string(word), std::string(help)});
    long_names.push_back(long_name(names));
  }
  CLI::Option* add(std::string_view names, Take take);
  std::vector<std::string> prepared() const;
  std::string hint_for(const std::string& flag) const;
  Status take_all();
};

// Every option that takes a value takes exactly one, as often as it is given.
CLI::Option* Syntax::State::add(std::string_view names, Take take) {
  given.push_back(std::make_unique<Given>(Given{long_name(names), std::move(take), true, {}}));
  Given* const into = given.back().get();
  const auto keep = [into](const CLI::results_t& results) {
    into->values = results;
    return true;
  };
  return app.add_option(dashed(names), keep)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

// CLI11 takes the next word for the value of "--hostname="; "--hostname" "" is what was meant.
std::vector<std::string> Syntax::State::prepared() const {
  std::vector<std::string> words;
  for (const std::string& word : call.arguments) {
    const bool is_empty_value = std::ranges::any_of(
        given, [&](const auto& one) { return one->needs_value && word == one->flag + "="; });
    words.push_back(is_empty_value ? word.substr(0, word.size() - 1) : word);
    if (is_empty_value) words.emplace_back();
  }
  std::ranges::reverse(words);  // CLI11 takes them from the end
  return words;
}

std::string Syntax::State::hint_for(const std::string& flag) const {
  const auto meant = nearest(flag.substr(0, flag.find('=')), long_names);
  return meant ? "; did you mean " + *meant + "?" : "";
}

Status Syntax::State::take_all() {
  for (const auto& one : given) {
    for (const std::string& text : one->values) {
      const Status taken = one->take(text);
      if (taken.ok()) continue;
      const Error& error = taken.error();
      const bool explains_itself = error.code != Errc::kInvalid || text.empty();
      return Error{error.code, one->flag + ": " +
                                   (explains_itself ? "" : "\"" + text.substr(0, 128) + "\": ") +
                                   error.message};
    }
  }
  return {};
}

Syntax::Syntax(Call& call, std::initializer_list<std::string_view> examples)
    : state_(std::make_unique<State>(call, examples)) {
  State& state = *state_;
  state.app.set_help_flag();
  state.app.allow_extras();
  state.app.add_flag("--help", state.wants_help);
  state.long_names = {"--help", "--run-dir"};
  state.add("H", [&call](const std::string& text) -> Status {
    if (!text.starts_with("unix://")) return invalid("the daemon's socket is given as unix://PATH");
    call.socket_path = text.substr(7);
    return {};
  });
  state.add("run-dir", [&call](const std::string& text) -> Status {
    call.socket_path = text + std::string(kSocketName);
    return {};
  });
}

Syntax::~Syntax() = default;

void Syntax::flag(bool& value, std::string_view names, std::string_view help) {
  state_->declare(names, "", help);
  state_->app.add_flag(dashed(names), value);
}

void Syntax::text(std::string& value, std::string_view names, std::string_view word,
                  std::string_view help) {
  this->value(names, word, help, [&value](const std::string& text) -> Status {
    value = text;
    return {};
  });
}

void Syntax::texts(std::vector<std::string>& values, std::string_view names, std::string_view word,
                   std::string_view help) {
  value(names, word, help, [&values](const std::string& text) -> Status {
    values.push_back(text);
    return {};
  });
}

void Syntax::value(std::string_view names, std::string_view word, std::string_view help,
                   Take take) {
  state_->declare(names, word, help);
  state_->add(names, std::move(take));
}

void Syntax::toggle(std::string_view names, std::string_view help, Take take) {
  state_->declare(names, "", help);
  const auto take_bool = [take = std::move(take)](const std::string& text) {
    return take(text.empty() ? "true" : text);
  };
  state_->add(names, take_bool)->type_size(0);
  state_->given.back()->needs_value = false;
}

void Syntax::refuse(std::string_view names, std::string_view why) {
  state_
      ->add(names,
            [message = std::string(why)](const std::string&) -> Status {
              return Error{Errc::kUnsupported, message};
            })
      ->expected(0, 1);
}

void Syntax::arguments(std::vector<std::string>& values, size_t min, size_t max) {
  state_->arguments = &values;
  state_->arguments_min = min;
  state_->arguments_max = max;
}

void Syntax::stop_at_first_argument() { state_->app.prefix_command(); }

std::optional<int> Syntax::parse() {
  State& state = *state_;
  try {
    state.app.parse(state.prepared());
  } catch (const CLI::ArgumentMismatch&) {
    // Only the last word can miss its value.
    return misuse("the flag " + state.call.arguments.back() + " needs a value");
  } catch (const CLI::ParseError& error) {
    return misuse(error.what());
  }
  if (state.wants_help) {
    state.call.console.out(command_help(state.call.command, state.shown, state.examples));
    return kDone;
  }
  std::vector<std::string> rest = state.app.remaining();
  if (!rest.empty() && rest.front() == "--") rest.erase(rest.begin());
  for (const std::string& word : rest) {
    if (is_unknown_flag(word)) return misuse("unknown flag " + word + state.hint_for(word));
    if (state.app.get_prefix_command()) break;
  }
  if (const Status taken = state.take_all(); !taken.ok()) return misuse(taken.error().message);
  if (rest.size() < state.arguments_min) return misuse("an argument is missing");
  if (rest.size() > state.arguments_max)
    return misuse("there are too many arguments, from \"" + rest[state.arguments_max] + "\" on");
  if (state.arguments != nullptr) *state.arguments = std::move(rest);
  return std::nullopt;
}

int Syntax::misuse(const std::string& message) const {
  const Call& call = state_->call;
  const std::string name = "edgeswarm " + std::string(call.command.name);
  call.console.err(name + ": " + message + "\n\nUsage:  " + name + " " +
                   std::string(call.command.usage) + "\n`" + name + " --help` says more.\n");
  return kMisused;
}

}  // namespace es::cli
