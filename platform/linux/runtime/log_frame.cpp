#include "platform/linux/runtime/log_frame.h"

#include <cstdint>

namespace es::runtime {

namespace {

std::optional<int64_t> digits(std::string_view text) {
  int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

constexpr int64_t kSecondsMax = INT64_MAX / 1'000'000'000 - 1;

std::optional<LogLine> parse_line(std::string_view text) {
  if (text.size() < kFrameHeaderBytes) return std::nullopt;
  const auto seconds = digits(text.substr(0, 10));
  const auto nanoseconds = digits(text.substr(11, 9));
  const char stream = text[21];
  const char kind = text[22];
  const bool separated = text[10] == '.' && text[20] == ' ' && text[23] == ' ';
  if (!seconds || !nanoseconds || !separated) return std::nullopt;
  if (*seconds > kSecondsMax) return std::nullopt;  // ten digits can name a time that WallTime cannot hold
  if ((stream != 'o' && stream != 'e') || (kind != 'F' && kind != 'P')) return std::nullopt;
  return LogLine{0, WallTime{*seconds * 1'000'000'000 + *nanoseconds}, stream == 'e', kind == 'F',
                 std::string(text.substr(kFrameHeaderBytes))};
}

}  // namespace

std::optional<ParsedFrame> parse_frame(std::string_view bytes) {
  const size_t end = bytes.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  return ParsedFrame{end + 1, parse_line(bytes.substr(0, end))};
}

}  // namespace es::runtime
