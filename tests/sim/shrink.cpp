#include "tests/sim/shrink.h"

#include <algorithm>
#include <numeric>
#include <string>

namespace es::sim {

namespace {

// The first words up to a digit: "node m1 is promised 12 bytes" is about the same as "node m2 …".
std::string kind_of(const std::string& violation) {
  std::string words;
  bool in_name = false;
  for (const char c : violation.substr(0, violation.find('\n'))) {
    if (c >= '0' && c <= '9') {
      if (!in_name) words.resize(words.find_last_of(' ') == std::string::npos ? 0 : words.find_last_of(' ') + 1);
      in_name = true;
    } else if (c == ' ') {
      in_name = false;
      words += c;
    } else if (!in_name) {
      words += c;
    }
  }
  return words;
}

std::vector<size_t> without(const std::vector<size_t>& list, size_t from, size_t count) {
  std::vector<size_t> rest(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(from));
  const size_t end = std::min(list.size(), from + count);
  rest.insert(rest.end(), list.begin() + static_cast<std::ptrdiff_t>(end), list.end());
  return rest;
}

class Shrinker {
 public:
  Shrinker(StormPlan plan, const StormResult& failed, int runs)
      : plan_(std::move(plan)), kind_(failed.violation), runs_(runs) {
    plan_.trace_lines = 0;
    if (!plan_.faults) {
      plan_.faults.emplace(failed.faults.size());
      std::iota(plan_.faults->begin(), plan_.faults->end(), 0);
    }
    load_time_ = failed.load_time;
  }

  StormPlan run() {
    shorten_load();
    drop_faults();
    shorten_load();
    return plan_;
  }

 private:
  bool fails(const StormPlan& plan) {
    if (runs_ <= 0) return false;
    --runs_;
    return same_kind(run_storm(plan).violation, kind_);
  }

  void shorten_load() {
    for (const int64_t part : {0, 1, 2, 3}) {
      StormPlan shorter = plan_;
      shorter.load_time = load_time_ * part / 4;
      if (!fails(shorter)) continue;
      load_time_ = *shorter.load_time;
      plan_ = std::move(shorter);
      return;
    }
  }

  // Halves first, then quarters, down to one (Zeller, "Simplifying and Isolating Failure-Inducing
  // Input", 2002, without the complements).
  void drop_faults() {
    for (size_t run = std::max<size_t>(1, plan_.faults->size() / 2);; run /= 2) {
      for (size_t from = 0; from < plan_.faults->size();) {
        StormPlan fewer = plan_;
        fewer.faults = without(*plan_.faults, from, run);
        if (fails(fewer)) plan_ = std::move(fewer);
        else from += run;
      }
      if (run == 1) return;
    }
  }

  StormPlan plan_;
  std::string kind_;
  int runs_;
  Duration load_time_;
};

}  // namespace

bool same_kind(const std::string& a, const std::string& b) {
  return !a.empty() && kind_of(a) == kind_of(b);
}

StormPlan shrink(StormPlan plan, const StormResult& failed, int runs_max) {
  return Shrinker(std::move(plan), failed, runs_max).run();
}

}  // namespace es::sim
