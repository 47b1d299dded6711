#pragma once
// What every `inspect` prints.

#include <string>
#include <vector>

#include "services/cli/console.h"
#include "services/cli/engine.h"

namespace es::cli {

// Without a format one JSON array, indented; "json" one object a line; else the template once for
// each. Errors: kInvalid, kUnsupported (the template).
Status print_documents(const Console& console, const std::vector<Json>& documents,
                       const std::string& format);

// One document without the array around it: `info`, `version`.
Status print_document(const Console& console, const Json& document, const std::string& format);

// "Name:      value" lines of a human form; `indent` blanks before each, values aligned at
// `column`.
std::string pretty_line(size_t indent, const std::string& name, const std::string& value,
                        size_t column = 24);
// A line "NAME=VALUE" for each label, behind `bullet`.
std::string label_lines(const std::string& bullet, const Json& labels);

}  // namespace es::cli
