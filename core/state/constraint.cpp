#include "core/state/constraint.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include "core/model/address.h"

namespace es::state {

namespace {

constexpr std::string_view kNodeLabels = "node.labels.";
constexpr std::string_view kEngineLabels = "engine.labels.";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool same_without_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

bool starts_without_case(std::string_view text, std::string_view prefix) {
  return text.size() > prefix.size() && same_without_case(text.substr(0, prefix.size()), prefix);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\f\v";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// What a sentence shows of a text that may be very long.
std::string shortened(std::string_view text) {
  constexpr size_t kShownBytes = 128;
  return std::string(text.substr(0, kShownBytes)) + (text.size() > kShownBytes ? "..." : "");
}

// Swarm's [a-z_][a-z0-9\-_.]+, in either case.
bool is_key(std::string_view text) {
  if (text.size() < 2 || !(is_letter(text[0]) || text[0] == '_')) return false;
  return std::all_of(text.begin() + 1, text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
  });
}

// Swarm's [a-z0-9:\-_\s\.\*\(\)\?\+\[\]\\\^\$\|\/]+, in either case.
bool is_value(std::string_view text) {
  constexpr std::string_view kAllowed = ":-_ \t\r\n\f\v.*()?+[]\\^$|/";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || is_digit(c) || kAllowed.find(c) != std::string_view::npos;
  });
}

// IPv4 as IPv4-mapped IPv6 (RFC 4291 §2.5.5.2), so that both compare as 16 bytes.
using IpBytes = std::array<uint8_t, 16>;

void parse_dotted(std::string_view text, uint8_t* out) {
  for (int i = 0; i < 4; ++i) {
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out[i]);
    text.remove_prefix(std::min(text.size(), static_cast<size_t>(parsed.ptr - text.data()) + 1));
  }
}

// Groups of one side of "::", big-endian.
std::vector<uint8_t> parse_groups(std::string_view text) {
  std::vector<uint8_t> bytes;
  while (!text.empty()) {
    const size_t end = std::min(text.find(':'), text.size());
    const std::string_view group = text.substr(0, end);
    if (group.find('.') != std::string_view::npos) {
      bytes.resize(bytes.size() + 4);
      parse_dotted(group, bytes.data() + bytes.size() - 4);
    } else {
      uint16_t value = 0;
      std::from_chars(group.data(), group.data() + group.size(), value, 16);
      bytes.push_back(static_cast<uint8_t>(value >> 8));
      bytes.push_back(static_cast<uint8_t>(value & 0xff));
    }
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return bytes;
}

std::optional<IpBytes> parse_ip(std::string_view text) {
  if (!is_numeric_ip(text)) return std::nullopt;
  IpBytes bytes{};
  if (text.find(':') == std::string_view::npos) {
    bytes[10] = bytes[11] = 0xff;
    parse_dotted(text, bytes.data() + 12);
    return bytes;
  }
  const size_t gap = text.find("::");
  const std::vector<uint8_t> front = parse_groups(text.substr(0, gap));
  const std::vector<uint8_t> back =
      gap == std::string_view::npos ? std::vector<uint8_t>() : parse_groups(text.substr(gap + 2));
  std::copy(front.begin(), front.end(), bytes.begin());
  std::copy(back.begin(), back.end(), bytes.end() - static_cast<std::ptrdiff_t>(back.size()));
  return bytes;
}

bool same_prefix(const IpBytes& a, const IpBytes& b, int bits) {
  for (int i = 0; i < bits; ++i) {
    const auto mask = static_cast<uint8_t>(0x80 >> (i % 8));
    if ((a[static_cast<size_t>(i / 8)] ^ b[static_cast<size_t>(i / 8)]) & mask) return false;
  }
  return true;
}

struct Cidr {
  IpBytes address;
  int bits = 128;
};

std::optional<Cidr> parse_ip_or_cidr(std::string_view text) {
  const size_t slash = text.find('/');
  const auto address = parse_ip(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return Cidr{*address, 128};
  const std::string_view length = text.substr(slash + 1);
  const int width = text.find(':') == std::string_view::npos ? 32 : 128;
  int bits = -1;
  const auto parsed = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (parsed.ec != std::errc() || parsed.ptr != length.data() + length.size() || bits < 0 ||
      bits > width) {
    return std::nullopt;
  }
  return Cidr{*address, bits + 128 - width};
}

// As in Swarm, a value that is neither an address nor a range holds for no node, with != too.
bool ip_holds(const Constraint& constraint, const Node& node) {
  const auto range = parse_ip_or_cidr(constraint.value);
  const auto address = parse_ip(node.address.ip);
  if (!range || !address) return false;
  return same_prefix(range->address, *address, range->bits) == constraint.equal;
}

}  // namespace

std::string_view canonical_architecture(std::string_view architecture) {
  if (same_without_case(architecture, "x86_64")) return "amd64";
  if (same_without_case(architecture, "aarch64")) return "arm64";
  return architecture;
}

Result<Constraint> parse_constraint(std::string_view expression) {
  // As in Swarm, the first == decides, else the first !=.
  const auto wrong = [&](const std::string& why) {
    return invalid("constraint \"" + shortened(expression) + "\"" + why);
  };
  size_t at = expression.find("==");
  const bool equal = at != std::string_view::npos;
  if (!equal) at = expression.find("!=");
  if (at == std::string_view::npos) {
    return wrong(" needs one of the operators == and !=, as in node.labels.az==az1");
  }
  const std::string_view key = trimmed(expression.substr(0, at));
  const std::string_view value = trimmed(expression.substr(at + 2));
  if (!is_key(key)) return wrong(": key '" + shortened(key) + "' is invalid");
  if (!is_value(value)) return wrong(": value '" + shortened(value) + "' is invalid");
  return Constraint{std::string(key), equal, std::string(value)};
}

Result<std::vector<Constraint>> parse_constraints(const std::vector<std::string>& expressions) {
  std::vector<Constraint> constraints;
  for (const std::string& expression : expressions) {
    ES_TRY(Constraint one, parse_constraint(expression));
    constraints.push_back(std::move(one));
  }
  return constraints;
}

std::string label_of(const Node& node, std::string_view descriptor) {
  const Labels* labels = nullptr;
  std::string_view name;
  if (starts_without_case(descriptor, kNodeLabels)) {
    labels = &node.spec.labels;
    name = descriptor.substr(kNodeLabels.size());
  } else if (starts_without_case(descriptor, kEngineLabels)) {
    labels = &node.description.engine_labels;
    name = descriptor.substr(kEngineLabels.size());
  } else {
    return {};
  }
  const auto it = labels->find(std::string(name));
  return it == labels->end() ? std::string() : it->second;
}

bool holds(const Constraint& constraint, const Node& node) {
  const auto compare = [&](std::string_view actual) {
    return same_without_case(constraint.value, actual) == constraint.equal;
  };
  const std::string& key = constraint.key;
  if (same_without_case(key, "node.id")) return compare(node.id.to_string());
  if (same_without_case(key, "node.hostname")) return compare(node.description.hostname);
  if (same_without_case(key, "node.ip")) return ip_holds(constraint, node);
  if (same_without_case(key, "node.role")) return compare(to_string(node.spec.role));
  if (same_without_case(key, "node.platform.os")) return compare(node.description.platform.os);
  if (same_without_case(key, "node.platform.arch")) {
    const bool same =
        same_without_case(canonical_architecture(constraint.value),
                          canonical_architecture(node.description.platform.architecture));
    return same == constraint.equal;
  }
  if (starts_without_case(key, kNodeLabels) || starts_without_case(key, kEngineLabels)) {
    return compare(label_of(node, key));
  }
  return false;
}

bool meets_constraints(const std::vector<std::string>& expressions, const Node& node) {
  for (const std::string& expression : expressions) {
    const Result<Constraint> constraint = parse_constraint(expression);
    if (!constraint.ok() || !holds(*constraint, node)) return false;
  }
  return true;
}

}  // namespace es::state
