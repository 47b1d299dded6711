#include "services/cli/text_template.h"

#include "services/cli/human.h"
#include "services/cli/values.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

using json::Json;

std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_escape =
        text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == 't' || text[i + 1] == 'n');
    out.push_back(is_escape ? (text[++i] == 't' ? '\t' : '\n') : text[i]);
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

Error unsupported(std::string_view action) {
  return {Errc::kUnsupported,
          "the template can hold {{.Field}}, {{json .}} and {{index .Labels \"key\"}}, but not {{" +
              std::string(action.substr(0, 64)) + "}}"};
}

// ".A.B" -> A, B.
Result<std::vector<std::string>> parse_path(std::string_view text, std::string_view action) {
  if (!text.starts_with('.')) return unsupported(action);
  std::vector<std::string> path;
  text.remove_prefix(1);
  while (!text.empty()) {
    const std::string_view name = text.substr(0, text.find('.'));
    if (name.empty() || name.find_first_of(" |()\"") != std::string_view::npos)
      return unsupported(action);
    path.emplace_back(name);
    text.remove_prefix(std::min(name.size() + 1, text.size()));
  }
  return path;
}

// As Go prints it.
std::string plain(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "<no value>";
  if (value.is_array()) {
    std::string out;
    for (const Json& element : value) out += (out.empty() ? "" : " ") + plain(element);
    return "[" + out + "]";
  }
  if (value.is_object()) {
    std::string out;
    for (const auto& [key, element] : value.items())
      out += (out.empty() ? "" : " ") + key + ":" + plain(element);
    return "map[" + out + "]";
  }
  return json::print(value);
}

std::string in_case(std::string text, char first, char last, int shift) {
  for (char& c : text) c = c >= first && c <= last ? static_cast<char>(c + shift) : c;
  return text;
}

}  // namespace

Result<TextTemplate::Part> TextTemplate::parse_action(std::string_view action) {
  Part part;
  part.has_field = true;
  std::string_view rest = trimmed(action);
  const auto take = [&rest](std::string_view word) {
    if (!rest.starts_with(word)) return false;
    rest = trimmed(rest.substr(word.size()));
    return true;
  };
  if (take("json "))
    part.function = Function::kJson;
  else if (take("upper "))
    part.function = Function::kUpper;
  else if (take("lower "))
    part.function = Function::kLower;
  std::string key;
  if (take("index ")) {
    auto words = split_words(rest);
    if (!words.ok() || words->size() != 2) return unsupported(action);
    key = words->back();
    rest = rest.substr(0, rest.find(' '));
  }
  ES_TRY(part.path, parse_path(rest, action));
  if (!key.empty()) part.path.push_back(std::move(key));
  return part;
}

Result<TextTemplate> TextTemplate::parse(std::string_view text) {
  TextTemplate out;
  while (!text.empty()) {
    const size_t open = text.find("{{");
    Part part;
    if (open != std::string_view::npos) {
      const size_t close = text.find("}}", open);
      if (close == std::string_view::npos)
        return invalid("the template has a {{ that is not closed by }}");
      ES_TRY(part, parse_action(text.substr(open + 2, close - open - 2)));
      part.literal = unescaped(text.substr(0, open));
      text.remove_prefix(close + 2);
    } else {
      part.literal = unescaped(text);
      text = {};
    }
    out.parts_.push_back(std::move(part));
  }
  return out;
}

Result<std::string> TextTemplate::render(const Json& document, bool strict) const {
  std::string out;
  for (const Part& part : parts_) {
    out += part.literal;
    if (!part.has_field) continue;
    const Json* value = &document;
    static const Json kNone;
    for (const std::string& name : part.path) {
      const auto found = value->is_object() ? value->find(name) : value->end();
      if (found == value->end() && strict)
        return invalid("there is no field ." + name + " to show");
      value = found == value->end() ? &kNone : &*found;
      if (value == &kNone) break;
    }
    switch (part.function) {
      case Function::kPrint:
        out += one_line(plain(*value));
        break;
      case Function::kJson:
        out += shown_json(json::print(*value));
        break;
      case Function::kUpper:
        out += in_case(one_line(plain(*value)), 'a', 'z', 'A' - 'a');
        break;
      case Function::kLower:
        out += in_case(one_line(plain(*value)), 'A', 'Z', 'a' - 'A');
        break;
    }
  }
  return out;
}

std::vector<std::string> TextTemplate::fields() const {
  std::vector<std::string> names;
  for (const Part& part : parts_) {
    if (part.has_field) names.push_back(part.path.empty() ? "" : part.path.back());
  }
  return names;
}

}  // namespace es::cli
