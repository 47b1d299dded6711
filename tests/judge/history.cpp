#include "tests/judge/history.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace es::judge {

namespace {

template <class E, size_t N>
using Names = std::array<std::pair<E, std::string_view>, N>;

constexpr Names<Kind, 5> kKinds = {{{Kind::kCreate, "create"},
                                    {Kind::kUpdate, "update"},
                                    {Kind::kRollback, "rollback"},
                                    {Kind::kRemove, "remove"},
                                    {Kind::kRead, "read"}}};
constexpr Names<Outcome, 6> kOutcomes = {{{Outcome::kOk, "ok"},
                                          {Outcome::kAbsent, "absent"},
                                          {Outcome::kFailed, "failed"},
                                          {Outcome::kExists, "exists"},
                                          {Outcome::kMissing, "missing"},
                                          {Outcome::kUnknown, "unknown"}}};

template <class E, size_t N>
std::optional<E> value_of(const Names<E, N>& names, std::string_view word) {
  for (const auto& [value, name] : names) {
    if (name == word) return value;
  }
  return std::nullopt;
}

template <class E, size_t N>
std::string_view name_of(const Names<E, N>& names, E wanted) {
  for (const auto& [value, name] : names) {
    if (value == wanted) return name;
  }
  return "?";
}

template <class T>
bool read_number(std::string_view word, T& out) {
  const char* end = word.data() + word.size();
  return std::from_chars(word.data(), end, out) == std::from_chars_result{end, std::errc()};
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  size_t at = 0;
  while ((at = line.find_first_not_of(" \t\r", at)) != std::string_view::npos) {
    const size_t end = std::min(line.find_first_of(" \t\r", at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

}  // namespace

std::string_view to_string(Kind kind) { return name_of(kKinds, kind); }
std::string_view to_string(Outcome outcome) { return name_of(kOutcomes, outcome); }

Token History::token(std::string_view word) {
  if (word.empty()) return 0;
  if (const auto known = tokens_.find(word); known != tokens_.end()) return known->second;
  words_.emplace_back(word);
  const Token fresh = static_cast<Token>(words_.size() - 1);
  tokens_.emplace(word, fresh);
  return fresh;
}

size_t History::begin(Operation operation) {
  operation.outcome = Outcome::kUnknown;
  operations_.push_back(operation);
  return operations_.size() - 1;
}

Operation& History::complete(size_t place, int64_t at, Outcome outcome) {
  Operation& operation = operations_[place];
  operation.completed_at = at;
  operation.outcome = outcome;
  return operation;
}

std::string History::read_line(std::string_view line) {
  const std::vector<std::string_view> words = words_of(line);
  if (words.empty() || words[0].starts_with('#')) return {};
  if (words.size() < 6) return "too few words";
  if (operations_.size() == kMaxOperations) return "too many operations";
  Operation operation;
  if (!read_number(words[0], operation.invoked_at)) return "no time of invocation";
  const bool completed = words[1] != "-";
  if (completed && !read_number(words[1], operation.completed_at)) return "no time of completion";
  operation.client = token(words[2]);
  operation.object = token(words[3]);
  const auto kind = value_of(kKinds, words[4]);
  if (!kind) return "no kind of operation";
  operation.kind = *kind;
  for (size_t i = 5; i + 1 < words.size(); ++i) {
    const size_t equals = words[i].find('=');
    if (equals == std::string_view::npos) return "a word without '='";
    const std::string_view name = words[i].substr(0, equals);
    const std::string_view value = words[i].substr(equals + 1);
    if (name == "made") operation.made = token(value);
    else if (name == "value") operation.value = token(value);
    else if (name != "version" || !read_number(value, operation.version)) return "an odd word";
  }
  const auto outcome = value_of(kOutcomes, words.back());
  if (!outcome) return "no outcome";
  if (completed == (*outcome == Outcome::kUnknown)) return "what is unknown has no completion";
  if (completed && operation.completed_at < operation.invoked_at) return "completed before invoked";
  operation.outcome = *outcome;
  operations_.push_back(operation);
  return {};
}

std::string History::read(std::string_view text) {
  size_t number = 0;
  while (!text.empty()) {
    ++number;
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string error = read_line(text.substr(0, end));
    if (!error.empty()) {
      return "line " + std::to_string(number) + ": " + error + ": " +
             std::string(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

std::string History::text(const Operation& operation) const {
  std::string line = std::to_string(operation.invoked_at) + ' ';
  const bool completed = operation.outcome != Outcome::kUnknown;
  line += completed ? std::to_string(operation.completed_at) : std::string("-");
  line += ' ' + word(operation.client) + ' ' + word(operation.object) + ' ';
  line += to_string(operation.kind);
  if (operation.made != 0) line += " made=" + word(operation.made);
  if (operation.version != 0) line += " version=" + std::to_string(operation.version);
  if (operation.value != 0) line += " value=" + word(operation.value);
  line += ' ';
  line += to_string(operation.outcome);
  return line;
}

std::string History::text() const {
  std::string all;
  for (const Operation& operation : operations_) all += text(operation) + '\n';
  return all;
}

}  // namespace es::judge
