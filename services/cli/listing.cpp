#include "services/cli/listing.h"

#include <algorithm>

#include "services/cli/human.h"
#include "services/cli/table.h"
#include "services/cli/text_template.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

using json::Json;

Json row_document(const Listing& listing, const std::vector<std::string>& row) {
  Json document = Json::object();
  for (size_t i = 0; i < listing.columns.size(); ++i) document[listing.columns[i].field] = row[i];
  return document;
}

// Members in the order of their names, as Docker prints them.
Json sorted_document(const Listing& listing, const std::vector<std::string>& row) {
  std::vector<std::pair<std::string, std::string>> members;
  for (size_t i = 0; i < listing.columns.size(); ++i)
    members.emplace_back(listing.columns[i].field, row[i]);
  std::ranges::sort(members);
  Json document = Json::object();
  for (auto& [name, value] : members) document[name] = std::move(value);
  return document;
}

size_t terminal_columns(const Console& console) {
  return console.is_terminal ? static_cast<size_t>(console.columns) : 0;
}

Status print_table(const Listing& listing, const Console& console) {
  Table table;
  for (const ListingColumn& column : listing.columns) {
    if (column.in_table) table.columns.push_back({column.header, column.min_width});
  }
  for (const auto& row : listing.rows) {
    auto& cells = table.rows.emplace_back();
    for (size_t i = 0; i < listing.columns.size(); ++i) {
      if (listing.columns[i].in_table) cells.push_back(row[i]);
    }
  }
  console.out(table.render(terminal_columns(console)));
  return {};
}

std::vector<std::string> split_tabs(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char c : line) {
    if (c == '\t')
      cells.emplace_back();
    else
      cells.back().push_back(c);
  }
  return cells;
}

// A template makes lines whose tabs separate columns; the header is the same line with the names of
// the fields in it.
Status print_template_table(const Listing& listing, const Console& console,
                            const TextTemplate& row_template) {
  Json headers = Json::object();
  for (const ListingColumn& column : listing.columns) headers[column.field] = column.header;
  Table table;
  ES_TRY(const std::string header, row_template.render(headers, true));
  for (std::string& cell : split_tabs(header)) table.columns.push_back({std::move(cell), 0});
  for (const auto& row : listing.rows) {
    ES_TRY(const std::string line, row_template.render(row_document(listing, row), true));
    table.rows.push_back(split_tabs(line));
    table.rows.back().resize(table.columns.size());
  }
  console.out(table.render(terminal_columns(console)));
  return {};
}

}  // namespace

Status Listing::print(const Console& console, const std::string& format) const {
  if (format.empty() || format == "table") return print_table(*this, console);
  if (format == "json") {
    for (const auto& row : rows) console.out(shown_json(json::print(sorted_document(*this, row))) + "\n");
    return {};
  }
  const bool is_table = format.starts_with("table ");
  ES_TRY(const TextTemplate row_template,
         TextTemplate::parse(is_table ? format.substr(6) : format));
  if (is_table) return print_template_table(*this, console, row_template);
  std::string out;
  for (const auto& row : rows) {
    ES_TRY(const std::string line, row_template.render(sorted_document(*this, row), true));
    out += line + "\n";
  }
  console.out(out);
  return {};
}

}  // namespace es::cli
