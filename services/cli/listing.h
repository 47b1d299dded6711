#pragma once
// Listing: what every `ls` and `ps` does with its rows: Docker's table, --format, -q.

#include <string>
#include <vector>

#include "core/base/result.h"
#include "services/cli/console.h"

namespace es::cli {

struct ListingColumn {
  std::string field;     // in templates and JSON: "DesiredState"
  std::string header;    // in tables: "DESIRED STATE"
  bool in_table = true;  // without --format
  size_t min_width = 0;  // table.h
};

struct Listing {
  std::vector<ListingColumn> columns;
  std::vector<std::vector<std::string>> rows;

  // `format` is what --format was given: "", "table", "json", "table {{.A}}\t{{.B}}", "{{.A}}".
  // Errors: kInvalid, kUnsupported.
  Status print(const Console& console, const std::string& format) const;
};

}  // namespace es::cli
