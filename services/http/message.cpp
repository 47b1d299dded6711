#include "services/http/message.h"

#include <algorithm>
#include <array>

namespace es::http {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

// In a query '+' is a space; in a path it is itself.
Result<std::string> percent_decode(std::string_view text, bool in_query) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return invalid("the request's path has an invalid %-escape");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && in_query) {
      c = ' ';
    }
    // Parameters may hold line breaks; a path or a NUL byte never has a meaning here.
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\0' || (!in_query && (byte < 0x20 || byte == 0x7f))) {
      return invalid("the request's path has a control character");
    }
    out.push_back(c);
  }
  return out;
}

// "http://host/path" becomes "/path": a proxy's form of the target, which every server must accept (RFC 9112 §3.2.2).
std::string_view without_authority(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  if (!text.starts_with(kScheme)) return text;
  const size_t slash = text.find('/', kScheme.size());
  return slash == std::string_view::npos ? std::string_view("/") : text.substr(slash);
}

struct Reason {
  int status;
  std::string_view phrase;
};

constexpr std::array kReasons{
    Reason{200, "OK"}, Reason{201, "Created"}, Reason{204, "No Content"}, Reason{304, "Not Modified"},
    Reason{400, "Bad Request"}, Reason{403, "Forbidden"}, Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"}, Reason{406, "Not Acceptable"}, Reason{408, "Request Timeout"},
    Reason{409, "Conflict"}, Reason{413, "Content Too Large"}, Reason{417, "Expectation Failed"},
    Reason{429, "Too Many Requests"}, Reason{431, "Request Header Fields Too Large"},
    Reason{500, "Internal Server Error"}, Reason{501, "Not Implemented"}, Reason{503, "Service Unavailable"},
    Reason{504, "Gateway Timeout"}, Reason{505, "HTTP Version Not Supported"}};

// The few characters that JSON does not take as they are; services/http knows no JSON beyond this.
std::string json_string(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (byte < 0x20) {
      out += {'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out.push_back(c);
    }
  }
  return out + "\"";
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) {
  for (const Header& header : headers) {
    if (equal_ignoring_case(header.name, name)) return header.value;
  }
  return std::nullopt;
}

size_t count_headers(const Headers& headers, std::string_view name) {
  return static_cast<size_t>(std::ranges::count_if(
      headers, [&](const Header& header) { return equal_ignoring_case(header.name, name); }));
}

std::string_view Target::parameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return {};
}

bool Target::has(std::string_view name) const {
  return std::ranges::any_of(query, [&](const auto& one) { return one.first == name; });
}

bool Target::flag(std::string_view name) const {
  const std::string_view value = parameter(name);
  constexpr std::array<std::string_view, 5> kFalse{"", "0", "no", "false", "none"};
  return std::ranges::none_of(kFalse, [&](std::string_view one) { return equal_ignoring_case(one, value); });
}

Result<Target> parse_target(std::string_view text) {
  text = without_authority(text);
  if (!text.starts_with('/')) return invalid("the request's target is no path");
  text = text.substr(0, text.find('#'));
  const size_t mark = text.find('?');
  Target target;
  ES_TRY(target.path, percent_decode(text.substr(0, mark), false));
  std::string_view rest = mark == std::string_view::npos ? std::string_view() : text.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    ES_TRY(std::string name, percent_decode(pair.substr(0, equals), true));
    std::string value;
    if (equals != std::string_view::npos) {
      ES_TRY(value, percent_decode(pair.substr(equals + 1), true));
    }
    target.query.emplace_back(std::move(name), std::move(value));
  }
  return target;
}

std::string percent_encode(std::string_view text, bool keep_slash) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kUnreserved = "-._~";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_alnum = (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
    if (is_alnum || kUnreserved.find(c) != std::string_view::npos || (c == '/' && keep_slash)) out.push_back(c);
    else out += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

std::string_view reason_phrase(int status) {
  for (const Reason& one : kReasons) {
    if (one.status == status) return one.phrase;
  }
  return "Unknown";
}

Response error_response(int status, std::string_view message) {
  return {status, {{"Content-Type", "application/json"}}, "{\"message\":" + json_string(message) + "}\n"};
}

}  // namespace es::http
