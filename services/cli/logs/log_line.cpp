#include "services/cli/logs/log_line.h"

#include <charconv>

#include "services/cli/values.h"

namespace es::cli {

namespace {

// As a query writes it: '+' is a blank, "%2C" a comma.
Result<std::string> decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
      continue;
    }
    uint8_t byte = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, code] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() != 2 || code != std::errc() || end != digits.data() + 2)
      return corrupt("the log's details are damaged");
    out.push_back(static_cast<char>(byte));
    i += 2;
  }
  return out;
}

}  // namespace

std::string LogLine::detail(const std::string& name) const {
  const auto found = details.find(name);
  return found == details.end() ? std::string() : found->second;
}

Result<LogLine> parse_log_line(std::string_view piece, bool has_time) {
  LogLine line;
  const auto word = [&piece] {
    const std::string_view first = piece.substr(0, piece.find(' '));
    piece.remove_prefix(std::min(first.size() + 1, piece.size()));
    return first;
  };
  if (has_time) line.time = word();
  std::string_view details = word();
  line.text = piece;
  while (!details.empty()) {
    const std::string_view pair = details.substr(0, details.find(','));
    details.remove_prefix(std::min(pair.size() + 1, details.size()));
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return corrupt("the log's details are damaged");
    ES_TRY(std::string name, decoded(pair.substr(0, equals)));
    ES_TRY(line.details[name], decoded(pair.substr(equals + 1)));
  }
  return line;
}

}  // namespace es::cli
