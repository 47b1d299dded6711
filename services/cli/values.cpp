#include "services/cli/values.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <cstdio>
#include <memory>
#include <optional>

namespace es::cli {

namespace {

constexpr size_t kMaxEnvFileBytes = 1 << 20;

struct Unit {
  std::string_view name;
  int64_t factor;
};

struct Decimal {
  int64_t whole = 0;
  int64_t fraction = 0;   // of `scale`
  int64_t scale = 1;      // 10^digits
  std::string_view rest;  // what follows
};

// Digits with an optional fraction. Nothing for anything else, and for numbers out of range.
std::optional<Decimal> read_decimal(std::string_view text, size_t max_fraction_digits) {
  Decimal number;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number.whole);
  if (code != std::errc() || number.whole < 0 || text.starts_with('-')) return std::nullopt;
  number.rest = text.substr(static_cast<size_t>(end - text.data()));
  if (!number.rest.starts_with('.')) return number;
  number.rest.remove_prefix(1);
  size_t digits = 0;
  for (; !number.rest.empty() && number.rest[0] >= '0' && number.rest[0] <= '9';
       number.rest.remove_prefix(1)) {
    if (++digits > max_fraction_digits) return std::nullopt;
    number.fraction = number.fraction * 10 + (number.rest[0] - '0');
    number.scale *= 10;
  }
  return digits == 0 ? std::nullopt : std::optional(number);
}

// The number times the factor, a remainder dropped. Nothing beyond 2^63-1.
std::optional<int64_t> multiply(const Decimal& number, int64_t factor) {
  int64_t whole = 0;
  int64_t part = 0;
  int64_t sum = 0;
  if (__builtin_mul_overflow(number.whole, factor, &whole)) return std::nullopt;
  if (__builtin_mul_overflow(number.fraction, factor, &part)) return std::nullopt;
  if (__builtin_add_overflow(whole, part / number.scale, &sum)) return std::nullopt;
  return sum;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

template <class Number>
Result<Number> parse_whole(std::string_view text, const char* expected) {
  Number number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || code != std::errc() || end != text.data() + text.size())
    return invalid(expected);
  return number;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

Result<int64_t> parse_size(std::string_view text) {
  constexpr std::array kUnits{Unit{"b", 1}, Unit{"k", 1LL << 10}, Unit{"m", 1LL << 20},
                              Unit{"g", 1LL << 30}, Unit{"t", 1LL << 40}};
  const Error error =
      invalid("a size is a number of bytes or with a unit, for example 512m or 1.5GiB");
  const auto number = read_decimal(text, 6);
  if (!number) return error;
  std::string unit = lowered(number->rest);
  if (unit.starts_with(' ')) unit.erase(0, 1);
  if (unit.size() == 3 && unit.ends_with("ib")) unit.resize(1);
  if (unit.size() == 2 && unit.ends_with('b')) unit.resize(1);
  if (unit.empty()) unit = "b";
  for (const Unit& one : kUnits) {
    if (one.name != unit) continue;
    const auto size_bytes = multiply(*number, one.factor);
    return size_bytes ? Result<int64_t>(*size_bytes) : error;
  }
  return error;
}

Result<int64_t> parse_cpus(std::string_view text) {
  const std::string padded = text.starts_with('.') ? "0" + std::string(text) : std::string(text);
  const auto number = read_decimal(padded, 9);
  const auto nano =
      number && number->rest.empty() ? multiply(*number, 1'000'000'000) : std::nullopt;
  if (!nano)
    return invalid("CPUs are a number with at most 9 digits behind the point, for example 0.25");
  return *nano;
}

Result<Duration> parse_duration(std::string_view text) {
  constexpr std::array kUnits{Unit{"ns", 1},
                              Unit{"us", 1'000},
                              Unit{"µs", 1'000},
                              Unit{"ms", 1'000'000},
                              Unit{"s", 1'000'000'000},
                              Unit{"m", 60'000'000'000},
                              Unit{"h", 3'600'000'000'000}};
  const Error error =
      invalid("a duration is a number with a unit (ns, us, ms, s, m, h), for example 10s or 1m30s");
  if (text == "0") return Duration{};
  if (text.empty()) return error;
  Duration sum;
  while (!text.empty()) {
    const auto number = read_decimal(text, 6);
    if (!number) return error;
    const std::string_view unit = number->rest.substr(0, number->rest.find_first_of(".0123456789"));
    const auto* const found = std::ranges::find(kUnits, unit, &Unit::name);
    if (found == kUnits.end()) return error;
    const auto ns = multiply(*number, found->factor);
    if (!ns || __builtin_add_overflow(sum.ns, *ns, &sum.ns)) return error;
    text = number->rest.substr(unit.size());
  }
  return sum;
}

Result<uint64_t> parse_count(std::string_view text) {
  return parse_whole<uint64_t>(text, "it must be a whole number, 0 or more");
}

Result<int64_t> parse_integer(std::string_view text) {
  return parse_whole<int64_t>(text, "it must be a whole number");
}

Result<bool> parse_bool(std::string_view text) {
  for (const std::string_view one : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == one) return true;
  }
  for (const std::string_view one : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == one) return false;
  }
  return invalid("it must be true or false");
}

Result<std::vector<std::string>> split_words(std::string_view line) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote == 0 && is_space(c)) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (quote == 0 && (c == '\'' || c == '"'))
      quote = c;
    else if (c == quote)
      quote = 0;
    else if (c == '\\' && quote != '\'' && i + 1 < line.size())
      words.back().push_back(line[++i]);
    else
      words.back().push_back(c);
  }
  if (quote != 0) return invalid("a quote is not closed");
  return words;
}

Result<std::vector<std::string>> split_csv(std::string_view line) {
  std::vector<std::string> fields(1);
  bool is_quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (is_quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"')
      fields.back().push_back(line[++i]);
    else if (c == '"')
      is_quoted = !is_quoted;
    else if (c == ',' && !is_quoted)
      fields.emplace_back();
    else
      fields.back().push_back(c);
  }
  if (is_quoted) return invalid("a quote is not closed");
  return fields;
}

KeyValue split_key_value(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {std::string(text), "", false};
  return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)), true};
}

std::vector<std::string> resolve_env(const std::string& text) {
  if (text.find('=') != std::string::npos) return {text};
  const char* const value = std::getenv(text.c_str());
  if (value == nullptr) return {};
  return {text + "=" + value};
}

namespace {

// False at the end. A line that alone is too long comes in pieces, which the caller's bound ends.
bool read_line(std::FILE& file, std::string& line) {
  line.clear();
  for (int c = std::fgetc(&file); c != EOF; c = std::fgetc(&file)) {
    if (c == '\n') return true;
    line.push_back(static_cast<char>(c));
    if (line.size() > kMaxEnvFileBytes) return true;
  }
  return !line.empty();
}

}  // namespace

Result<std::vector<std::string>> read_env_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
  if (!file) return Error{Errc::kIo, "cannot open " + path + ": " + std::strerror(errno)};
  std::vector<std::string> variables;
  size_t read_bytes = 0;
  size_t number = 0;
  for (std::string line; read_line(*file, line);) {
    ++number;
    read_bytes += line.size() + 1;
    if (read_bytes > kMaxEnvFileBytes) return invalid(path + " is larger than 1 MiB");
    if (line.ends_with('\r')) line.pop_back();
    line.erase(0, std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.empty() || line.starts_with('#')) continue;
    const std::string where = path + ":" + std::to_string(number) + ": ";
    const std::string key = split_key_value(line).key;
    if (key.empty()) return invalid(where + "there is no name before the '='");
    if (std::ranges::any_of(key, is_space))
      return invalid(where + "the name '" + key + "' contains white space");
    for (std::string& one : resolve_env(line)) variables.push_back(std::move(one));
  }
  if (std::ferror(file.get()) != 0) return Error{Errc::kIo, "cannot read " + path + ": " + std::strerror(errno)};
  return variables;
}

}  // namespace es::cli
