#pragma once
// Table: rows of text, aligned as Docker aligns them, and squeezed when a terminal is too narrow
// for that.

#include <string>
#include <vector>

namespace es::cli {

struct TableColumn {
  std::string header;
  size_t min_width = 0;  // to which it may be cut, with "…", on a narrow terminal; 0: never cut
};

struct Table {
  std::vector<TableColumn> columns;
  std::vector<std::vector<std::string>> rows;

  // `terminal_columns` 0: no terminal, nothing is cut. On a terminal that is too narrow, gaps
  // shrink first, then columns in which there is nothing go, then those that may be cut are cut,
  // the widest first.
  std::string render(size_t terminal_columns) const;

 private:
  std::string render_clean(size_t terminal_columns) const;
};

}  // namespace es::cli
