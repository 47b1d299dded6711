#include "services/cli/syntax.h"

#include <algorithm>

#include "services/cli/help.h"
#include "services/cli/human.h"
#include "services/cli/suggest.h"
#include "services/cli/values.h"

namespace es::cli {

namespace {

constexpr std::string_view kSocketName = "/docker.sock";
constexpr std::string_view kUnixScheme = "unix://";

// By which a flag is called in messages.
std::string long_name(std::string_view names) {
  if (names.size() == 1) return "-" + std::string(names);
  const size_t comma = names.find(',');
  return "--" + std::string(comma == std::string_view::npos ? names : names.substr(comma + 1));
}

}  // namespace

Result<std::string> parse_host(const std::string& text) {
  if (!text.starts_with(kUnixScheme) || text.size() == kUnixScheme.size())
    return invalid("the daemon's socket is given as unix://PATH");
  return text.substr(kUnixScheme.size());
}

struct Syntax::State {
  State(Call& call_, std::initializer_list<std::string_view> lines)
      : call(call_), examples(lines.begin(), lines.end()) {}

  // A flag and what it was given. Its value, if it takes one, is behind '=' or the next word.
  struct Option {
    char letter = 0;   // 0: none
    std::string name;  // "--quiet", or "-H" for a flag without a long name
    bool needs_value = true;
    Take take;
    std::vector<std::string> values;
  };

  Call& call;
  std::vector<std::string> examples;
  std::vector<Option> options;
  std::vector<FlagHelp> shown;
  std::vector<std::string> long_names{"--help", "--run-dir"};
  std::vector<std::string>* arguments = nullptr;
  size_t arguments_min = 0;
  size_t arguments_max = 0;
  bool stops_at_first = false;
  bool wants_help = false;

  void declare(std::string_view names, std::string_view word, std::string_view help) {
    shown.push_back({std::string(names), std::string(word), std::string(help)});
    long_names.push_back(long_name(names));
  }
  void add(std::string_view names, bool needs_value, Take take);
  Option* find(std::string_view name);
  Option* find(char letter);
  // Both take the word at `at` and, for a value, the one behind it.
  Status read_long(const std::vector<std::string>& words, size_t& at);
  Status read_letters(const std::vector<std::string>& words, size_t& at);
  Result<std::vector<std::string>> read_all();
  std::string hint_for(const std::string& flag) const;
  Status take_all();
};

void Syntax::State::add(std::string_view names, bool needs_value, Take take) {
  const bool has_letter = names.size() == 1 || names.find(',') == 1;
  options.push_back({has_letter ? names[0] : '\0', long_name(names), needs_value, std::move(take), {}});
}

Syntax::State::Option* Syntax::State::find(std::string_view name) {
  const auto found = std::ranges::find(options, name, &Option::name);
  return found == options.end() ? nullptr : &*found;
}

Syntax::State::Option* Syntax::State::find(char letter) {
  const auto found = std::ranges::find(options, letter, &Option::letter);
  return found == options.end() ? nullptr : &*found;
}

// "--name", "--name=value", "--name value".
Status Syntax::State::read_long(const std::vector<std::string>& words, size_t& at) {
  const std::string& word = words[at];
  const size_t equals = word.find('=');
  const std::string name = word.substr(0, equals);
  if (name == "--help") {
    wants_help = true;
    return {};
  }
  Option* const option = find(name);
  if (option == nullptr) return invalid("unknown flag " + word + hint_for(word));
  if (equals != std::string::npos) {
    option->values.push_back(word.substr(equals + 1));
  } else if (!option->needs_value) {
    option->values.emplace_back();
  } else if (at + 1 < words.size()) {
    option->values.push_back(words[++at]);
  } else {
    return invalid("the flag " + word + " needs a value");
  }
  return {};
}

// "-q", "-dq", "-ePATH", "-e=PATH", "-e PATH".
Status Syntax::State::read_letters(const std::vector<std::string>& words, size_t& at) {
  const std::string& word = words[at];
  for (size_t i = 1; i < word.size(); ++i) {
    Option* const option = find(word[i]);
    if (option == nullptr) return invalid("unknown flag " + word + hint_for(word));
    if (!option->needs_value) {
      option->values.emplace_back();
      continue;
    }
    const size_t from = i + 1 < word.size() && word[i + 1] == '=' ? i + 2 : i + 1;
    if (from < word.size()) {
      option->values.push_back(word.substr(from));
    } else if (at + 1 < words.size()) {
      option->values.push_back(words[++at]);
    } else {
      return invalid("the flag " + word + " needs a value");
    }
    break;
  }
  return {};
}

// Everything that is no flag. Errors: kInvalid.
Result<std::vector<std::string>> Syntax::State::read_all() {
  std::vector<std::string> rest;
  const std::vector<std::string>& words = call.arguments;
  for (size_t at = 0; at < words.size(); ++at) {
    const std::string& word = words[at];
    if (word == "--") {
      rest.insert(rest.end(), words.begin() + static_cast<ptrdiff_t>(at) + 1, words.end());
      break;
    }
    if (word.starts_with("--")) {
      ES_CHECK(read_long(words, at));
    } else if (word.size() > 1 && word[0] == '-') {
      ES_CHECK(read_letters(words, at));
    } else if (stops_at_first) {
      rest.insert(rest.end(), words.begin() + static_cast<ptrdiff_t>(at), words.end());
      break;
    } else {
      rest.push_back(word);
    }
  }
  return rest;
}

std::string Syntax::State::hint_for(const std::string& flag) const {
  const auto meant = nearest(flag.substr(0, flag.find('=')), long_names);
  return meant ? "; did you mean " + *meant + "?" : "";
}

Status Syntax::State::take_all() {
  for (const Option& one : options) {
    for (const std::string& text : one.values) {
      const Status taken = one.take(text);
      if (taken.ok()) continue;
      const Error& error = taken.error();
      const bool explains_itself = error.code != Errc::kInvalid || text.empty();
      return Error{error.code, one.name + ": " +
                                   (explains_itself ? "" : "\"" + text.substr(0, 128) + "\": ") +
                                   error.message};
    }
  }
  return {};
}

Syntax::Syntax(Call& call, std::initializer_list<std::string_view> examples)
    : state_(std::make_unique<State>(call, examples)) {
  State& state = *state_;
  state.add("H", true, [&call](const std::string& text) -> Status {
    ES_TRY(call.socket_path, parse_host(text));
    return {};
  });
  state.add("run-dir", true, [&call](const std::string& text) -> Status {
    if (text.empty()) return invalid("it must be the folder of the daemon's socket");
    call.socket_path = text + std::string(kSocketName);
    return {};
  });
}

Syntax::~Syntax() = default;

void Syntax::flag(bool& value, std::string_view names, std::string_view help) {
  toggle(names, help, [&value](const std::string& text) -> Status {
    ES_TRY(value, parse_bool(text));
    return {};
  });
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
  state_->add(names, true, std::move(take));
}

void Syntax::toggle(std::string_view names, std::string_view help, Take take) {
  state_->declare(names, "", help);
  state_->add(names, false, [take = std::move(take)](const std::string& text) {
    return take(text.empty() ? "true" : text);
  });
}

void Syntax::refuse(std::string_view names, std::string_view why) {
  state_->add(names, false, [message = std::string(why)](const std::string&) -> Status {
    return Error{Errc::kUnsupported, message};
  });
}

void Syntax::arguments(std::vector<std::string>& values, size_t min, size_t max) {
  state_->arguments = &values;
  state_->arguments_min = min;
  state_->arguments_max = max;
}

void Syntax::stop_at_first_argument() { state_->stops_at_first = true; }

std::optional<int> Syntax::parse() {
  State& state = *state_;
  auto read = state.read_all();
  if (state.wants_help) {
    state.call.console.out(command_help(state.call.command, state.shown, state.examples));
    return kDone;
  }
  if (!read.ok()) return misuse(read.error().message);
  if (!state.find('H')->values.empty() && !state.find("--run-dir")->values.empty())
    return misuse("-H and --run-dir both say where the daemon's socket is: give one of them");
  if (const Status taken = state.take_all(); !taken.ok()) return misuse(taken.error().message);
  std::vector<std::string> rest = std::move(read).value();
  if (rest.size() < state.arguments_min) return misuse("an argument is missing");
  if (rest.size() > state.arguments_max)
    return misuse("there are too many arguments, from \"" + rest[state.arguments_max] + "\" on");
  const auto empty = std::ranges::find(rest, "");
  if (empty != rest.end() && !state.stops_at_first)  // a command that runs elsewhere may have empty ones
    return misuse("argument " + std::to_string(empty - rest.begin() + 1) + " is empty; the usage says what belongs there");
  if (state.arguments != nullptr) *state.arguments = std::move(rest);
  return std::nullopt;
}

int Syntax::misuse(const std::string& message) const {
  const Call& call = state_->call;
  const std::string name = "edgeswarm " + std::string(call.command.name);
  call.console.err(name + ": " + one_line(message) + "\n\nUsage:  " + name + " " +
                   std::string(call.command.usage) + "\n`" + name + " --help` says more.\n");
  return kMisused;
}

}  // namespace es::cli
