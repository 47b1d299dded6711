#pragma once
// TextTemplate: the part of Go's templates that --format is used for: {{.Field}}, {{.Field.Inner}},
// {{json .}}, {{json .Field}},
// {{upper …}}, {{lower …}}, {{index .Labels "key"}}, and the escapes \t and \n.

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "services/json/json_fwd.h"

namespace es::cli {

class TextTemplate {
 public:
  // Errors: kInvalid, kUnsupported; both with one sentence.
  static Result<TextTemplate> parse(std::string_view text);

  // Without a newline at the end. `strict`: a field that is not there is an error (rows); else it
  // is "<no value>" as in Go.
  Result<std::string> render(const nlohmann::ordered_json& document, bool strict) const;

  // The names of the fields, for the header of a table: "{{.ID}}\t{{.Name}}" -> ID, Name.
  std::vector<std::string> fields() const;

 private:
  enum class Function { kPrint, kJson, kUpper, kLower };
  struct Part {
    std::string literal;  // before the field
    bool has_field = false;
    Function function = Function::kPrint;
    std::vector<std::string> path;  // empty: the document itself
  };
  static Result<Part> parse_action(std::string_view action);

  std::vector<Part> parts_;
};

}  // namespace es::cli
