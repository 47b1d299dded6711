#include "services/images/reference.h"

#include <algorithm>

#include "platform/linux/images/layer_store.h"

namespace es::images {

namespace {

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

Result<std::string> familiar_reference(std::string_view reference) {
  const Error wrong = invalid("\"" + std::string(reference.substr(0, kNameBytesMax)) +
                              "\" is not the name of an image");
  std::string_view rest = reference;
  std::string digest;
  if (const size_t at = rest.find('@'); at != rest.npos) {
    if (!is_digest(rest.substr(at + 1))) return wrong;
    digest = rest.substr(at);
    rest = rest.substr(0, at);
  }
  std::string tag;
  if (const size_t colon = rest.rfind(':');
      colon != rest.npos && rest.find('/', colon) == rest.npos) {
    tag = rest.substr(colon + 1);
    if (!is_tag(tag)) return wrong;
    rest = rest.substr(0, colon);
  }
  std::string_view domain;
  std::string_view path = rest;
  if (const size_t slash = rest.find('/');
      slash != rest.npos && names_host(rest.substr(0, slash))) {
    domain = rest.substr(0, slash);
    path = rest.substr(slash + 1);
  }
  if (rest.size() > kNameBytesMax || !is_path(path) || (!domain.empty() && !is_domain(domain)))
    return wrong;

  if (domain == "docker.io" || domain == "index.docker.io") {
    // Without it the path's own first part would be taken for the host.
    const size_t slash = path.find('/');
    domain = slash != path.npos && names_host(path.substr(0, slash)) ? "docker.io" : "";
  }
  if (domain.empty() && path.starts_with("library/") && path.find('/', 8) == path.npos)
    path.remove_prefix(8);
  if (domain.empty() && is_digest("sha256:" + std::string(path))) return wrong;  // that is an id
  std::string familiar =
      domain.empty() ? std::string(path) : std::string(domain) + "/" + std::string(path);
  if (!tag.empty() || digest.empty()) familiar += ":" + (tag.empty() ? "latest" : tag);
  return familiar + digest;
}

}  // namespace es::images
