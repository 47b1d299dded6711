#include "services/json/json.h"

#include "services/json/answer.h"
#include "services/json/document_builder.h"

namespace es::json {

namespace {

// Counted before parsing, so that a hostile text costs no memory. Brackets inside strings do not count.
bool nested_too_deeply(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      else if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

struct Bounds {
  size_t bytes;
  const char* bytes_text;
  size_t values;
  const char* values_text;
};

Result<Json> parse_within(std::string_view text, const Bounds& bounds) {
  if (text.size() > bounds.bytes) {
    return Error{Errc::kLimit, std::string("the JSON text is longer than ") + bounds.bytes_text};
  }
  if (nested_too_deeply(text)) return invalid("the JSON text is nested deeper than 64 levels");
  // The parser takes a NUL byte for the end, and would not look at what is behind it.
  if (text.find('\0') != std::string_view::npos) return invalid("the JSON text contains a NUL byte");
  DocumentBuilder builder(bounds.values);
  if (Json::sax_parse(text.begin(), text.end(), &builder)) return std::move(builder).take();
  if (builder.has_too_many_values()) {
    return Error{Errc::kLimit, std::string("the JSON text has more than ") + bounds.values_text + " values"};
  }
  return invalid(text.empty() ? "the JSON text is empty" : "the text is not valid JSON");
}

}  // namespace

Result<Json> parse(std::string_view text) { return parse_within(text, {kMaxTextBytes, "4 MiB", kMaxValues, "500,000"}); }

Result<Json> parse_answer(std::string_view text) {
  return parse_within(text, {kMaxAnswerBytes, "64 MiB", kMaxAnswerValues, "4,000,000"});
}

std::string print(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace es::json
