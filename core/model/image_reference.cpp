#include "core/model/image_reference.h"

#include <algorithm>

namespace es {

namespace {

constexpr std::string_view kAlgorithm = "sha256:";
constexpr size_t kHexDigits = 64;
constexpr size_t kNameBytesMax = 255;
constexpr size_t kTagBytesMax = 128;

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_word(char c) { return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '_'; }

// Lower-case letters and digits, with one '.', one or two '_', or any number of '-' between them.
bool is_path_component(std::string_view text) {
  if (text.empty() || !is_lower_or_digit(text.front()) || !is_lower_or_digit(text.back()))
    return false;
  const bool characters = std::all_of(text.begin(), text.end(), [](char c) {
    return is_lower_or_digit(c) || c == '.' || c == '_' || c == '-';
  });
  return characters && text.find("..") == text.npos && text.find("___") == text.npos &&
         text.find("._") == text.npos && text.find("_.") == text.npos &&
         text.find("-.") == text.npos && text.find(".-") == text.npos;
}

bool is_domain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (is_word(c) && c != '_') || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
  });
}

bool is_tag(std::string_view text) {
  if (text.empty() || text.size() > kTagBytesMax || !is_word(text.front())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

// The first component is a host when it looks like one; else all of it is a path on Docker Hub.
bool names_host(std::string_view first) {
  return first.find('.') != first.npos || first.find(':') != first.npos || first == "localhost" ||
         std::any_of(first.begin(), first.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_path(std::string_view path) {
  while (true) {
    const size_t slash = path.find('/');
    if (!is_path_component(path.substr(0, slash))) return false;
    if (slash == path.npos) return true;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

bool is_digest(std::string_view text) {
  if (!text.starts_with(kAlgorithm) || text.size() != kAlgorithm.size() + kHexDigits) return false;
  return text.find_first_not_of("0123456789abcdef", kAlgorithm.size()) == text.npos;
}

std::optional<ImageReference> ImageReference::parse(std::string_view text) {
  ImageReference parts;
  std::string_view rest = text;
  if (const size_t at = rest.find('@'); at != rest.npos) {
    parts.digest = rest.substr(at + 1);
    if (!is_digest(parts.digest)) return std::nullopt;
    rest = rest.substr(0, at);
  }
  if (const size_t colon = rest.rfind(':'); colon != rest.npos && rest.find('/', colon) == rest.npos) {
    parts.tag = rest.substr(colon + 1);
    if (!is_tag(parts.tag)) return std::nullopt;
    rest = rest.substr(0, colon);
  }
  parts.path = rest;
  if (const size_t slash = rest.find('/'); slash != rest.npos && names_host(rest.substr(0, slash))) {
    parts.domain = rest.substr(0, slash);
    parts.path = rest.substr(slash + 1);
  }
  const bool sound = rest.size() <= kNameBytesMax && is_path(parts.path) && (parts.domain.empty() || is_domain(parts.domain));
  return sound ? std::optional(parts) : std::nullopt;
}

}  // namespace es
