#include "services/cli/inspect.h"

#include "services/cli/document.h"
#include "services/cli/human.h"
#include "services/cli/text_template.h"
#include "services/json/json.h"

namespace es::cli {

Status print_documents(const Console& console, const std::vector<Json>& documents,
                       const std::string& format) {
  if (format.empty()) {
    console.out(shown_json(Json(documents).dump(4, ' ', false, Json::error_handler_t::replace)) + "\n");
    return {};
  }
  for (const Json& document : documents) ES_CHECK(print_document(console, document, format));
  return {};
}

Status print_document(const Console& console, const Json& document, const std::string& format) {
  if (format == "json") {
    console.out(shown_json(json::print(document)) + "\n");
    return {};
  }
  ES_TRY(const TextTemplate text, TextTemplate::parse(format));
  ES_TRY(const std::string line, text.render(document, false));
  console.out(line + "\n");
  return {};
}

std::string pretty_line(size_t indent, const std::string& name, const std::string& value,
                        size_t column) {
  std::string line(indent, ' ');
  line += one_line(name) + ":";
  if (value.empty()) return line + "\n";
  line.append(line.size() + 1 < column ? column - line.size() : 1, ' ');
  return line + one_line(value) + "\n";
}

std::string label_lines(const std::string& bullet, const Json& labels) {
  std::string out;
  for (const auto& [name, value] : labels.items()) out += bullet + one_line(name + "=" + text_of(value)) + "\n";
  return out;
}

}  // namespace es::cli
