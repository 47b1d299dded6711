#include "services/logs/docker_stream.h"

#include <array>
#include <cstdint>
#include <cstdio>

#include "services/json/time_text.h"

namespace es::logs {

namespace {

constexpr char kStdout = 1;
constexpr char kStderr = 2;

// RFC 3339 with all nine digits, so that the lines of one task are aligned.
std::string fixed_time(WallTime time) {
  const std::string text = json::rfc3339({time.ns / 1'000'000'000 * 1'000'000'000});
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%09lldZ", static_cast<long long>(time.ns % 1'000'000'000));
  return text.substr(0, text.size() - 1) + fraction.data();
}

std::string query_escaped(const std::string& text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                          c == '_' || c == '.' || c == '~';
    if (is_plain) out.push_back(c);
    else if (c == ' ') out.push_back('+');
    else out += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

std::string details_text(const DockerFormat& format) {
  std::string text;
  for (const auto& [name, value] : format.details) {
    text += (text.empty() ? "" : ",") + query_escaped(name) + "=" + query_escaped(value);
  }
  return text.empty() ? text : text + " ";
}

}  // namespace

std::string docker_frame(const wire::LogRecord& record, const DockerFormat& format) {
  std::string payload = format.timestamps ? fixed_time(record.time) + " " : std::string();
  payload += details_text(format);
  payload += record.text;
  if (record.complete) payload.push_back('\n');
  if (!format.framed) return payload;
  const auto size = static_cast<uint32_t>(payload.size());
  std::string frame{record.from_stderr ? kStderr : kStdout, 0, 0, 0};
  for (int shift = 24; shift >= 0; shift -= 8) frame.push_back(static_cast<char>(size >> shift & 0xff));
  return frame + payload;
}

}  // namespace es::logs
