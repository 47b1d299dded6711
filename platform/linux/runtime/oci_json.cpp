#include "platform/linux/runtime/oci_json.h"

namespace es::runtime {

namespace {

bool between(uint8_t byte, uint8_t low, uint8_t high) { return low <= byte && byte <= high; }

// Bytes of the well-formed sequence at the start of `text`, 0 for none (Unicode 15, table 3-7).
size_t sequence_length(std::string_view text) {
  const auto at = [&](size_t i) {
    return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0};
  };
  const uint8_t first = at(0);
  if (between(first, 0x01, 0x7f)) return 1;
  if (between(first, 0xc2, 0xdf)) return between(at(1), 0x80, 0xbf) ? 2 : 0;
  if (between(first, 0xe0, 0xef)) {
    const uint8_t low = first == 0xe0 ? 0xa0 : 0x80;   // no overlong form
    const uint8_t high = first == 0xed ? 0x9f : 0xbf;  // no surrogate
    return between(at(1), low, high) && between(at(2), 0x80, 0xbf) ? 3 : 0;
  }
  if (between(first, 0xf0, 0xf4)) {
    const uint8_t low = first == 0xf0 ? 0x90 : 0x80;
    const uint8_t high = first == 0xf4 ? 0x8f : 0xbf;  // nothing above U+10FFFF
    return between(at(1), low, high) && between(at(2), 0x80, 0xbf) && between(at(3), 0x80, 0xbf)
               ? 4
               : 0;
  }
  return 0;
}

}  // namespace

bool is_json_text(std::string_view text) {
  while (!text.empty()) {
    const size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

void JsonWriter::separate() {
  if (needs_comma_) bytes_ += ',';
  needs_comma_ = true;
}

void JsonWriter::open(char bracket) {
  separate();
  bytes_ += bracket;
  needs_comma_ = false;
}

void JsonWriter::close(char bracket) {
  bytes_ += bracket;
  needs_comma_ = true;
}

void JsonWriter::key(std::string_view name) {
  separate();
  quote(name);
  bytes_ += ':';
  needs_comma_ = false;
}

void JsonWriter::text(std::string_view value) {
  separate();
  quote(value);
}

void JsonWriter::number(int64_t value) {
  separate();
  bytes_ += std::to_string(value);
}

void JsonWriter::boolean(bool value) {
  separate();
  bytes_ += value ? "true" : "false";
}

void JsonWriter::quote(std::string_view value) {
  if (!invalid_text_ && !is_json_text(value)) invalid_text_ = std::string(value);
  bytes_ += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      bytes_ += '\\';
      bytes_ += c;
    } else if (static_cast<uint8_t>(c) < 0x20) {
      constexpr char kHex[] = "0123456789abcdef";
      bytes_ += "\\u00";
      bytes_ += kHex[static_cast<uint8_t>(c) >> 4];
      bytes_ += kHex[c & 0xf];
    } else {
      bytes_ += c;
    }
  }
  bytes_ += '"';
}

}  // namespace es::runtime
