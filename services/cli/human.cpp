#include "services/cli/human.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace es::cli {

namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;

template <class... Values>
std::string formatted(const char* format, Values... values) {
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, values...);
  return buffer.data();
}

constexpr uint32_t kNoCharacter = UINT32_MAX;

struct CodePoint {
  uint32_t value = kNoCharacter;  // for a byte that is part of no character
  size_t size = 1;
};

// The first character of UTF-8 text (RFC 3629: shortest form only, no surrogates). Pre: not empty.
CodePoint first_of(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
  const uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {};
  uint32_t value = lead & (0xffu >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3f);
  }
  constexpr std::array<uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = value >= 0xd800 && value <= 0xdfff;
  return value < kLeast[size] || value > 0x10ffff || is_surrogate ? CodePoint{} : CodePoint{value, size};
}

struct Range {
  uint32_t first;
  uint32_t last;
};

// Control characters, ends of lines, marks that turn the direction of writing, and characters that nobody sees
// (Unicode's Default_Ignorable_Code_Point): with any of them a text could show something else than it is. Joiners
// are among them, which Persian and some emoji are written with: those fall apart, and can still be read.
constexpr std::array kHarmful{
    Range{0x00, 0x1f},       Range{0x7f, 0x9f},       Range{0xad, 0xad},       Range{0x34f, 0x34f},     Range{0x61c, 0x61c},
    Range{0x115f, 0x1160},   Range{0x17b4, 0x17b5},   Range{0x180b, 0x180f},   Range{0x200b, 0x200f},   Range{0x2028, 0x202e},
    Range{0x2060, 0x206f},   Range{0x3164, 0x3164},   Range{0xfe00, 0xfe0f},   Range{0xfeff, 0xfeff},   Range{0xffa0, 0xffa0},
    Range{0xfff0, 0xfffb},   Range{0x1bca0, 0x1bca3}, Range{0x1d173, 0x1d17a}, Range{0xe0000, 0xe0fff},
};

bool is_harmful(uint32_t c) {
  return std::ranges::any_of(kHarmful, [c](const Range& range) { return c >= range.first && c <= range.last; });
}

// As JSON writes it; what is above U+FFFF has two halves (RFC 8259 section 7).
std::string json_escape(uint32_t c) {
  if (c < 0x10000) return formatted("\\u%04x", c);
  return formatted("\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + ((c - 0x10000) & 0x3ff));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::string scaled(uint64_t size_bytes, double base, const char* format,
                   const std::array<const char*, 6>& units) {
  double value = static_cast<double>(size_bytes);
  size_t unit = 0;
  // What would be rounded up to the base is one of the next unit already.
  while (value >= base - 0.5 && unit + 1 < units.size()) {
    value /= base;
    ++unit;
  }
  return formatted(format, value, units[unit]);
}

// A fraction of `whole` without trailing zeros: "1.5".
std::string decimal(int64_t value, int64_t whole) {
  std::string text = std::to_string(value / whole);
  int64_t rest = value % whole;
  if (rest == 0) return text;
  text += ".";
  for (int64_t digit = whole / 10; rest != 0; digit /= 10) {
    text.push_back(static_cast<char>('0' + rest / digit));
    rest %= digit;
  }
  return text;
}

}  // namespace

std::string human_duration(Duration duration) {
  const int64_t seconds = duration.ns / kNsPerSecond;
  const int64_t minutes = seconds / 60;
  const int64_t hours = (minutes + 30) / 60;
  const auto counted = [](int64_t count, const char* unit) {
    return std::to_string(count) + " " + unit;
  };
  if (seconds < 1) return "Less than a second";
  if (seconds == 1) return "1 second";
  if (seconds < 60) return counted(seconds, "seconds");
  if (minutes == 1) return "About a minute";
  if (minutes < 60) return counted(minutes, "minutes");
  if (hours == 1) return "About an hour";
  if (hours < 48) return counted(hours, "hours");
  if (hours < 24 * 7 * 2) return counted(hours / 24, "days");
  if (hours < 24 * 30 * 2) return counted(hours / 24 / 7, "weeks");
  if (hours < 24 * 365 * 2) return counted(hours / 24 / 30, "months");
  return counted(hours / 24 / 365, "years");
}

std::string go_duration(Duration duration) {
  int64_t ns = duration.ns;
  if (ns == 0) return "0s";
  if (ns < 0) return "-" + go_duration({-ns});
  if (ns < 1'000) return std::to_string(ns) + "ns";
  if (ns < 1'000'000) return decimal(ns, 1'000) + "µs";
  if (ns < kNsPerSecond) return decimal(ns, 1'000'000) + "ms";
  const int64_t minutes = ns / (60 * kNsPerSecond);
  const std::string seconds = decimal(ns % (60 * kNsPerSecond), kNsPerSecond) + "s";
  if (minutes == 0) return seconds;
  if (minutes < 60) return std::to_string(minutes) + "m" + seconds;
  return std::to_string(minutes / 60) + "h" + std::to_string(minutes % 60) + "m" + seconds;
}

std::string human_size(uint64_t size_bytes) {
  return scaled(size_bytes, 1000, "%.3g%s", {"B", "kB", "MB", "GB", "TB", "PB"});
}

std::string human_memory(uint64_t size_bytes) {
  return scaled(size_bytes, 1024, "%.4g%s", {"B", "KiB", "MiB", "GiB", "TiB", "PiB"});
}

std::string cpu_text(int64_t cpu_nano) { return decimal(cpu_nano, kNsPerSecond); }

std::string short_id(std::string_view id) {
  if (id.starts_with("sha256:")) id.remove_prefix(7);
  return std::string(id.substr(0, 12));
}

size_t text_width(std::string_view text) {
  return text.size() - static_cast<size_t>(std::ranges::count_if(text, is_continuation));
}

std::string ellipsis(std::string_view text, size_t width) {
  if (text_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  size_t end = 0;
  for (size_t characters = 0; end < text.size(); ++end) {
    if (!is_continuation(text[end]) && ++characters == width) break;
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string one_line(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    const CodePoint next = first_of(text);
    if (next.value == kNoCharacter)
      line += "?";
    else if (is_harmful(next.value))
      line += " ";
    else
      line += text.substr(0, next.size);
    text.remove_prefix(next.size);
  }
  return line;
}

std::string shown_json(std::string_view document) {
  std::string out;
  while (!document.empty()) {
    const CodePoint next = first_of(document);
    const bool is_layout = next.value == '\n';  // inside a string it is escaped already
    if (is_harmful(next.value) && !is_layout)
      out += json_escape(next.value);
    else
      out += document.substr(0, next.size);
    document.remove_prefix(next.size);
  }
  return out;
}

std::vector<std::string> wrap(std::string_view text, size_t width) {
  std::vector<std::string> lines{""};
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (word.empty()) continue;
    std::string& line = lines.back();
    if (line.empty())
      line = word;
    else if (text_width(line) + 1 + text_width(word) <= width)
      line.append(" ").append(word);
    else
      lines.emplace_back(word);
  }
  return lines;
}

bool natural_less(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (is_digit(a.front()) && is_digit(b.front())) {
      const auto number = [](std::string_view& text) {
        size_t length = 0;
        while (length < text.size() && is_digit(text[length])) ++length;
        std::string_view digits = text.substr(0, length);
        text.remove_prefix(length);
        while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
        return digits;
      };
      const std::string_view of_a = number(a);
      const std::string_view of_b = number(b);
      if (of_a.size() != of_b.size()) return of_a.size() < of_b.size();
      if (of_a != of_b) return of_a < of_b;
    } else {
      if (a.front() != b.front()) return a.front() < b.front();
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  return a.size() < b.size();
}

std::string capitalized(std::string_view text) {
  std::string out(text);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z')
    out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

}  // namespace es::cli
