// tests/scenario raft|cluster FILE...: runs scenario files (SCENARIOS.md) and says which line failed.

#include <cstdio>
#include <string>
#include <string_view>

#include "tests/planted.h"
#include "tests/scenario/cluster_story.h"
#include "tests/scenario/runner.h"

namespace {

struct Grammar {
  std::string_view name;
  es::scenario::Verdict (*run_file)(const std::string& path);
};

constexpr Grammar kGrammars[] = {
    {"raft", es::scenario::run_raft_file},
    {"cluster", es::scenario::run_cluster_file},
};

int usage() {
  std::fputs("usage: scenario raft|cluster FILE...\n", stderr);
  return 2;
}

int run(const Grammar& grammar, int count, char** paths) {
  int passed = 0;
  for (int i = 0; i < count; ++i) {
    const es::scenario::Verdict verdict = grammar.run_file(paths[i]);
    std::printf("%s\n", verdict.text.c_str());
    std::fflush(stdout);
    if (verdict.passed) ++passed;
  }
  std::printf("%d passed, %d failed\n", passed, count - passed);
  return passed == count ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (const int status = es::plant_from_environment(); status >= 0) return status;
  if (argc < 3) return usage();
  for (const Grammar& grammar : kGrammars) {
    if (grammar.name == argv[1]) return run(grammar, argc - 2, argv + 2);
  }
  return usage();
}
