#include "services/cli/table.h"

#include <algorithm>

#include "services/cli/human.h"

namespace es::cli {

namespace {

constexpr size_t kGap = 3;              // Docker's
constexpr size_t kMinColumnWidth = 10;  // Docker's, with the gap
constexpr size_t kNarrowGap = 2;

struct Layout {
  std::vector<size_t> shown;   // indexes of columns
  std::vector<size_t> widths;  // of those, without the gap
  size_t gap = kGap;
  size_t min_width = kMinColumnWidth;

  size_t cell(size_t i) const {
    return i + 1 == shown.size() ? widths[i] : std::max(widths[i] + gap, min_width);
  }
  size_t total() const {
    size_t sum = 0;
    for (size_t i = 0; i < shown.size(); ++i) sum += cell(i);
    return sum;
  }
};

size_t natural_width(const Table& table, size_t column) {
  size_t width = text_width(table.columns[column].header);
  for (const auto& row : table.rows) width = std::max(width, text_width(row[column]));
  return width;
}

bool is_empty(const Table& table, size_t column) {
  return std::ranges::all_of(table.rows, [&](const auto& row) { return row[column].empty(); });
}

Layout make_layout(const Table& table) {
  Layout layout;
  for (size_t column = 0; column < table.columns.size(); ++column) {
    layout.shown.push_back(column);
    layout.widths.push_back(natural_width(table, column));
  }
  return layout;
}

void drop_empty(const Table& table, Layout& layout) {
  for (size_t i = layout.shown.size(); i-- > 0;) {
    if (table.rows.empty() || !is_empty(table, layout.shown[i])) continue;
    layout.shown.erase(layout.shown.begin() + static_cast<std::ptrdiff_t>(i));
    layout.widths.erase(layout.widths.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void cut(const Table& table, Layout& layout, size_t terminal_columns) {
  for (size_t too_much = layout.total(); too_much > terminal_columns; --too_much) {
    size_t widest = layout.shown.size();
    for (size_t i = 0; i < layout.shown.size(); ++i) {
      const TableColumn& column = table.columns[layout.shown[i]];
      const bool may_shrink =
          column.min_width != 0 &&
          layout.widths[i] > std::max(column.min_width, text_width(column.header));
      if (may_shrink && (widest == layout.shown.size() || layout.widths[i] > layout.widths[widest]))
        widest = i;
    }
    if (widest == layout.shown.size()) return;
    --layout.widths[widest];
  }
}

std::string render_row(const Layout& layout, const std::vector<std::string>& cells) {
  std::string line;
  for (size_t i = 0; i < layout.shown.size(); ++i) {
    const std::string cell = ellipsis(cells[layout.shown[i]], layout.widths[i]);
    line += cell;
    line.append(layout.cell(i) - std::min(layout.cell(i), text_width(cell)), ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

std::string Table::render(size_t terminal_columns) const {
  Table shown{columns, rows};
  for (auto& row : shown.rows) {
    for (std::string& cell : row) cell = one_line(cell);
  }
  return shown.render_clean(terminal_columns);
}

std::string Table::render_clean(size_t terminal_columns) const {
  Layout layout = make_layout(*this);
  if (terminal_columns != 0 && layout.total() > terminal_columns) {
    layout.gap = kNarrowGap;
    layout.min_width = 0;
  }
  if (terminal_columns != 0 && layout.total() > terminal_columns) drop_empty(*this, layout);
  if (terminal_columns != 0) cut(*this, layout, terminal_columns);
  std::vector<std::string> headers;
  for (const TableColumn& column : columns) headers.push_back(column.header);
  std::string out = render_row(layout, headers);
  for (const auto& row : rows) out += render_row(layout, row);
  return out;
}

}  // namespace es::cli
