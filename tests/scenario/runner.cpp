#include "tests/scenario/runner.h"

#include <fstream>
#include <sstream>

namespace es::scenario {
namespace {

Status run_line(std::string_view text, const Story& story) {
  ES_TRY(std::optional<Line> line, Line::parse(text));
  if (!line) return {};
  return story(*line);
}

}  // namespace

Verdict run_text(const std::string& name, std::string_view text, const Story& story) {
  size_t number = 0;
  for (const std::string& line : split(text, '\n')) {
    ++number;
    const Status status = run_line(line, story);
    if (!status.ok()) {
      return {false, "FAIL " + name + ":" + std::to_string(number) + ": " + status.error().message};
    }
  }
  return {true, "ok " + name};
}

Verdict run_file(const std::string& path, const Story& story) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  const bool is_empty = file && file.peek() == std::ifstream::traits_type::eof();  // which << takes for a failure
  if (file && !is_empty) text << file.rdbuf();
  if (!is_empty && (!file || !text)) return {false, "FAIL " + path + ":0: the file cannot be read"};
  return run_text(path, text.str(), story);
}

}  // namespace es::scenario
