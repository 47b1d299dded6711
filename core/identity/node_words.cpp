#include "core/identity/node_words.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "core/identity/packed_address.h"

namespace es::identity {

namespace {

constexpr int64_t kMaxNanoCpus = int64_t{100'000} * 1'000'000'000;
constexpr int64_t kMaxBytes = int64_t{1} << 50;
constexpr int64_t kMaxCount = int64_t{1} << 40;

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_name_part(std::string_view part) {
  if (part.empty() || part.size() > kMaxHostnameLabelBytes) return false;
  const auto in_name = [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; };
  return is_alphanumeric(part.front()) && is_alphanumeric(part.back()) && std::all_of(part.begin(), part.end(), in_name);
}

// Of the control character that begins at `at`; 0: none does. Those of the second range, U+0080 to U+009F, are two bytes of UTF-8, and a
// terminal obeys them as it obeys ESC. All else above 0x7f is of letters here; whoever prints a text makes it harmless for the terminal.
size_t control_bytes(std::string_view text, size_t at) {
  const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(at) < 0x20 || byte(at) == 0x7f) return 1;
  const bool is_second_range = byte(at) == 0xc2 && at + 1 < text.size() && byte(at + 1) >= 0x80 && byte(at + 1) < 0xa0;
  return is_second_range ? 2 : 0;
}

bool has_control(std::string_view text) {
  for (size_t at = 0; at < text.size(); ++at) {
    if (control_bytes(text, at) != 0) return true;
  }
  return false;
}

bool is_word(std::string_view text) { return text.size() <= kMaxWordBytes && !has_control(text); }

bool is_between(int64_t value, int64_t most) { return value >= 0 && value <= most; }

Status check_resources(const Resources& resources) {
  const bool sane = is_between(resources.cpu_nano, kMaxNanoCpus) && is_between(resources.memory_bytes, kMaxBytes) &&
                    is_between(resources.pids, kMaxCount) && resources.generic.size() <= kMaxGenericResources;
  if (!sane) return invalid("a node's resources are beyond what a machine can have");
  for (const auto& [kind, count] : resources.generic) {
    if (kind.empty() || !is_word(kind) || !is_between(count, kMaxCount)) return invalid("a node's generic resources are not names and counts");
  }
  return {};
}

Status check_labels(const Labels& labels) {
  if (labels.size() > kMaxEngineLabels) {
    return invalid("a node has at most " + std::to_string(kMaxEngineLabels) + " engine labels, not " + std::to_string(labels.size()));
  }
  size_t bytes = 0;
  for (const auto& [key, value] : labels) {
    bytes += key.size() + value.size();
    if (key.empty() || has_control(key) || has_control(value)) {
      return invalid("an engine label has no name, or control characters in it");
    }
  }
  if (bytes > kMaxEngineLabelBytes) {
    return invalid("a node's engine labels have " + std::to_string(bytes) + " bytes together, at most " +
                   std::to_string(kMaxEngineLabelBytes) + " are possible");
  }
  return {};
}

}  // namespace

Status check_hostname(std::string_view hostname) {
  const Error wrong = invalid("a host name has 1 to 253 letters, digits, '-', '_' and '.', and each part of it begins and ends with a letter or a digit");
  if (hostname.empty() || hostname.size() > kMaxHostnameBytes) return wrong;
  while (true) {
    const std::string_view part = hostname.substr(0, hostname.find('.'));
    if (!is_name_part(part)) return wrong;
    if (part.size() == hostname.size()) return {};
    hostname.remove_prefix(part.size() + 1);
  }
}

Status check_description(const NodeDescription& description) {
  ES_CHECK(check_hostname(description.hostname));
  const Platform& platform = description.platform;
  if (!is_word(platform.architecture) || !is_word(platform.os) || !is_word(platform.variant) || !is_word(description.engine_version)) {
    return invalid("a node's platform or version is no short word");
  }
  ES_CHECK(check_resources(description.resources));
  return check_labels(description.engine_labels);
}

Status check_address(const SocketAddress& address) {
  const auto packed = pack_address(address);
  if (!packed) return invalid("a node's address is not numeric, or without a port");
  const bool is_v6 = address.ip.find(':') != std::string::npos;
  const auto first = static_cast<unsigned char>(packed->front());
  const std::string ip = packed->substr(0, is_v6 ? 16 : 4);
  const bool is_nobody = is_v6 ? ip == std::string(16, '\0') : first == 0;        // RFC 1122 §3.2.1.3
  const bool is_many = is_v6 ? first == 0xff : first >= 224;  // multicast, reserved, broadcast
  if (is_nobody || is_many) return invalid("a node's address is not that of one machine");
  return {};
}

void tidy_text(std::string& text) {
  if (text.size() > kMaxStatusBytes) {
    size_t end = kMaxStatusBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not within a character
    text.resize(end);
  }
  for (size_t at = 0; at < text.size(); ++at) {
    if (const size_t bytes = control_bytes(text, at); bytes != 0) text.replace(at, bytes, "?");
  }
}

bool tidy_observation(TaskStatus& status) {
  const bool is_reported = status.state >= TaskState::kAccepted && status.state <= TaskState::kRejected &&
                           to_string(status.state) != "unknown";
  if (!is_reported || status.container.container_id.size() > kMaxWordBytes * 2) return false;
  tidy_text(status.message);
  tidy_text(status.err);
  tidy_text(status.container.container_id);
  return true;
}

}  // namespace es::identity
