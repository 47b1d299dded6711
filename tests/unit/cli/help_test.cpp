// What --help prints is kept in help.txt. ES_REWRITE=1 writes it anew: look at the difference
// before it is committed.

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "doctest/doctest.h"
#include "services/cli/commands.h"
#include "services/cli/dispatch.h"
#include "services/cli/human.h"
#include "tests/unit/cli/recorder.h"

namespace es::cli {
namespace {

constexpr const char* kGolden = ES_TEST_FOLDER "/help.txt";

std::string help_of(const std::string& name) {
  Recorder recorder;
  std::vector<std::string> words;
  std::istringstream split(name);
  for (std::string word; split >> word;) words.push_back(word);
  words.emplace_back("--help");
  CHECK(dispatch(words, "", recorder.console) == kDone);
  CHECK(recorder.err.empty());
  return recorder.out;
}

std::string all_help() {
  std::string all;
  std::vector<std::string> names{"", "node", "service", "image"};
  for (const Command& command : all_commands()) names.emplace_back(command.name);
  for (const std::string& name : names)
    all += "$ edgeswarm " + (name.empty() ? "" : name + " ") + "--help\n" + help_of(name) + "\n";
  return all;
}

TEST_CASE("--help of every command is what it was, and fits 80 columns") {
  const std::string help = all_help();
  if (std::getenv("ES_REWRITE") != nullptr) std::ofstream(kGolden) << help;
  std::ifstream file(kGolden);
  std::stringstream golden;
  golden << file.rdbuf();
  CHECK_MESSAGE(help == golden.str(), "help.txt differs; ES_REWRITE=1 writes it anew");
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    CHECK(text_width(line) <= 80);
  }
}

TEST_CASE("every command has an example") {
  for (const Command& command : all_commands()) {
    CAPTURE(command.name);
    CHECK(help_of(std::string(command.name)).find("\nExamples:\n  edgeswarm ") !=
          std::string::npos);
  }
}

}  // namespace
}  // namespace es::cli
