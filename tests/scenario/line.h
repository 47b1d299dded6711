#pragma once
// One line of a scenario: a command, words, and key=value options (SCENARIOS.md). Reading is strict: whoever interprets a line takes out
// what he knows, and what is left at the end is an error.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace es::scenario {

class Line {
 public:
  // Nothing for a blank line or a comment. Errors: an open quote, a key without a name.
  static Result<std::optional<Line>> parse(std::string_view text);

  const std::string& command() const { return command_; }

  // The next word that is not an option. Errors: kInvalid, naming what is missing.
  Result<std::string> word(std::string_view what);
  std::optional<std::string> optional_word();

  // The value of an option, taken out; nothing if it is not there. Errors: kInvalid if it is given twice.
  Result<std::optional<std::string>> option(std::string_view key);
  // All values of an option that may be repeated, taken out.
  std::vector<std::string> options(std::string_view key);
  // All options whose key starts with `prefix`, taken out, by what follows it: "label." gives {"az", "az1"} of label.az=az1.
  std::vector<std::pair<std::string, std::string>> options_below(std::string_view prefix);

  // Errors: kInvalid if something was not taken.
  Status finish() const;

 private:
  std::string command_;
  std::vector<std::string> words_;
  std::vector<std::pair<std::string, std::string>> options_;
};

// Errors of all: kInvalid, with the text that cannot be read.
Result<uint64_t> parse_number(std::string_view text);
Result<std::vector<uint64_t>> parse_numbers(std::string_view text);  // comma-separated; "" and "none": no element
Result<bool> parse_switch(std::string_view text, std::string_view yes, std::string_view no);
std::vector<std::string> split(std::string_view text, char separator);

}  // namespace es::scenario
