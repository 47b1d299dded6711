#include "tests/scenario/line.h"

#include <algorithm>
#include <charconv>

namespace es::scenario {
namespace {

struct Token {
  std::string text;
  size_t equals = std::string::npos;  // the first '=' outside quotes, so that a quoted word is never an option
};

// Blanks separate, double quotes keep blanks together, '#' outside of them ends the line.
Result<std::vector<Token>> tokenize(std::string_view text) {
  std::vector<Token> tokens;
  bool inside = false;
  bool quoted = false;
  for (const char c : text) {
    if (quoted) {
      if (c == '"') quoted = false;
      else tokens.back().text += c;
      continue;
    }
    if (c == '#') break;
    if (c == ' ' || c == '\t' || c == '\r') {
      inside = false;
      continue;
    }
    if (!inside) tokens.emplace_back();
    inside = true;
    if (c == '"') {
      quoted = true;
      continue;
    }
    if (c == '=' && tokens.back().equals == std::string::npos) tokens.back().equals = tokens.back().text.size();
    tokens.back().text += c;
  }
  if (quoted) return invalid("a quote is not closed");
  return tokens;
}

}  // namespace

Result<std::optional<Line>> Line::parse(std::string_view text) {
  ES_TRY(const std::vector<Token> tokens, tokenize(text));
  if (tokens.empty()) return std::optional<Line>();
  Line line;
  line.command_ = tokens.front().text;
  for (size_t i = 1; i < tokens.size(); ++i) {
    const auto& [token, equals] = tokens[i];
    if (equals == 0) return invalid("'" + token + "' has no key before '='");
    if (equals == std::string::npos) line.words_.push_back(token);
    else line.options_.emplace_back(token.substr(0, equals), token.substr(equals + 1));
  }
  return std::optional(std::move(line));
}

Result<std::string> Line::word(std::string_view what) {
  auto found = optional_word();
  if (!found) return invalid("'" + command_ + "' needs " + std::string(what));
  return *std::move(found);
}

std::optional<std::string> Line::optional_word() {
  if (words_.empty()) return std::nullopt;
  std::string first = std::move(words_.front());
  words_.erase(words_.begin());
  return first;
}

Result<std::optional<std::string>> Line::option(std::string_view key) {
  std::vector<std::string> values = options(key);
  if (values.empty()) return std::optional<std::string>();
  if (values.size() > 1) return invalid("'" + std::string(key) + "=' is given twice");
  return std::optional(std::move(values.front()));
}

std::vector<std::string> Line::options(std::string_view key) {
  std::vector<std::string> values;
  std::erase_if(options_, [&](auto& one) {
    if (one.first != key) return false;
    values.push_back(std::move(one.second));
    return true;
  });
  return values;
}

std::vector<std::pair<std::string, std::string>> Line::options_below(std::string_view prefix) {
  std::vector<std::pair<std::string, std::string>> found;
  std::erase_if(options_, [&](auto& one) {
    if (!one.first.starts_with(prefix) || one.first.size() == prefix.size()) return false;
    found.emplace_back(one.first.substr(prefix.size()), std::move(one.second));
    return true;
  });
  return found;
}

Status Line::finish() const {
  if (!words_.empty()) return invalid("'" + command_ + "' does not understand '" + words_.front() + "'");
  if (!options_.empty()) return invalid("'" + command_ + "' does not understand '" + options_.front().first + "='");
  return {};
}

Result<uint64_t> parse_number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return invalid("'" + std::string(text) + "' is no number");
  }
  return value;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const size_t at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

Result<std::vector<uint64_t>> parse_numbers(std::string_view text) {
  std::vector<uint64_t> numbers;
  if (text.empty() || text == "none") return numbers;
  for (const std::string& part : split(text, ',')) {
    ES_TRY(const uint64_t number, parse_number(part));
    numbers.push_back(number);
  }
  return numbers;
}

Result<bool> parse_switch(std::string_view text, std::string_view yes, std::string_view no) {
  if (text == yes) return true;
  if (text == no) return false;
  return invalid("'" + std::string(text) + "' is neither '" + std::string(yes) + "' nor '" + std::string(no) + "'");
}

}  // namespace es::scenario
