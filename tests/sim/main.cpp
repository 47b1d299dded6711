// simulate: whole clusters, one seed after the other.
//
//     simulate [--seeds N] [--from S] [--seed S] [--twice K] [--jobs J] [--trace [LINES]] [--hash]
//              [--no-shrink]
//     simulate --raft [--seeds N] [--from S] [--seed S]
//     simulate --speed
//
// --seed runs one; --twice runs each K-th seed a second time and compares the traces; --jobs runs
// seeds in so many processes. A seed that fails is made short before it is shown, and the end of its
// trace is printed; --trace prints the end of it anyway. --hash prints each seed's trace hash. --raft runs Raft alone
// (tests/sim/raft_run.h), with more trouble and many more seeds a second.

#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <vector>

#include "tests/planted.h"
#include "tests/sim/raft_run.h"
#include "tests/sim/shrink.h"
#include "tests/sim/speed.h"
#include "tests/sim/storm.h"

namespace {

using es::sim::StormPlan;
using es::sim::StormResult;

constexpr size_t kTraceLines = 60;
constexpr int kShrinkRuns = 120;

struct Arguments {
  bool raft = false;
  bool speed = false;
  uint64_t seeds = 500;
  uint64_t from = 1;
  uint64_t twice = 10;
  uint64_t jobs = 1;
  uint64_t trace = 0;
  uint64_t hash = 0;
  uint64_t shrink = 1;
};

struct Totals {
  uint64_t passed = 0;
  uint64_t failed = 0;
  uint64_t steps = 0;
  double virtual_s = 0;
  double real_s = 0;
};

bool parse_number(const char* text, uint64_t& out) {
  const char* end = text + std::strlen(text);
  return std::from_chars(text, end, out).ptr == end;
}

bool parse(int count, char** words, Arguments& out) {
  for (int i = 1; i < count; ++i) {
    const std::string_view option = words[i];
    if (option == "--raft" || option == "--speed") {
      (option == "--raft" ? out.raft : out.speed) = true;
      continue;
    }
    if (option == "--hash" || option == "--no-shrink") {
      if (option == "--hash") out.hash = 1;
      else out.shrink = 0;
      continue;
    }
    uint64_t value = 0;
    const bool has_value = i + 1 < count && parse_number(words[i + 1], value);
    if (option == "--trace") {
      out.trace = has_value ? value : kTraceLines;
      i += has_value;
      continue;
    }
    if (!has_value) return false;
    ++i;
    if (option == "--seeds") out.seeds = value;
    else if (option == "--from") out.from = value;
    else if (option == "--twice") out.twice = value;
    else if (option == "--jobs") out.jobs = value == 0 ? 1 : value;
    else if (option == "--seed") {
      out.from = value;
      out.seeds = 1;
      out.twice = 1;
    } else {
      return false;
    }
  }
  return true;
}

unsigned long long number(uint64_t value) { return static_cast<unsigned long long>(value); }

void print_trace(const StormResult& result) {
  for (const std::string& line : result.trace) std::printf("  %s\n", line.c_str());
}

// What is left of the story, and how it ends.
void tell(StormPlan plan, const StormResult& failed, const Arguments& arguments) {
  std::printf("FAIL seed %llu: %s\n", number(plan.seed), failed.violation.c_str());
  std::fflush(stdout);
  if (arguments.shrink != 0) plan = es::sim::shrink(std::move(plan), failed, kShrinkRuns);
  plan.trace_lines = arguments.trace == 0 ? kTraceLines : arguments.trace;
  const StormResult shortest = es::sim::run_storm(plan);
  std::printf("  shortest story: clients act for %lld ms; %zu of %zu faults\n",
              static_cast<long long>(shortest.load_time.ms()),
              plan.faults ? plan.faults->size() : failed.faults.size(), failed.faults.size());
  for (size_t i = 0; i < failed.faults.size(); ++i) {
    const bool kept = !plan.faults || std::find(plan.faults->begin(), plan.faults->end(), i) != plan.faults->end();
    if (kept) std::printf("    %s\n", failed.faults[i].c_str());
  }
  std::printf("  ends in: %s\n", shortest.violation.c_str());
  print_trace(shortest);
}

// The seed that is played, for the last words of a process that a bug ends.
volatile sig_atomic_t current_seed = 0;

StormResult run_seed(uint64_t seed, const Arguments& arguments) {
  StormPlan plan;
  plan.seed = seed;
  current_seed = static_cast<sig_atomic_t>(seed);
  plan.trace_lines = arguments.trace;
  StormResult result = es::sim::run_storm(plan);
  if (result.violation.empty() && arguments.twice != 0 && seed % arguments.twice == 0) {
    if (es::sim::run_storm(plan).trace_hash != result.trace_hash) {
      result.violation = "the same seed gave another trace";
      std::printf("FAIL seed %llu: %s\n", number(seed), result.violation.c_str());
      return result;
    }
  }
  if (!result.violation.empty()) tell(plan, result, arguments);
  else if (arguments.trace != 0) print_trace(result);
  if (arguments.seeds == 1 || arguments.hash != 0) {
    std::printf("seed %llu: trace %016llx, %llu steps\n", number(seed), number(result.trace_hash), number(result.steps));
  }
  std::fflush(stdout);
  return result;
}

// What this process has used of a core: other load of the machine does not count.
double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) + static_cast<double>(usage.ru_utime.tv_usec) / 1e6;
}

// Every jobs-th seed, from the job's own number on.
Totals run_job(uint64_t job, const Arguments& arguments) {
  Totals totals;
  const double began = cpu_seconds();
  for (uint64_t i = job; i < arguments.seeds; i += arguments.jobs) {
    const StormResult result = run_seed(arguments.from + i, arguments);
    ++(result.violation.empty() ? totals.passed : totals.failed);
    totals.steps += result.steps;
    totals.virtual_s += static_cast<double>(result.virtual_time.ms()) / 1e3;
  }
  totals.real_s = cpu_seconds() - began;
  return totals;
}

// Each job is a process of its own; it says its totals through a pipe. A job that dies has failed.
Totals run_jobs(const Arguments& arguments) {
  if (arguments.jobs == 1) return run_job(0, arguments);
  std::vector<std::pair<pid_t, int>> jobs;
  for (uint64_t job = 0; job < arguments.jobs; ++job) {
    int ends[2];
    if (pipe(ends) != 0) return {0, 1, 0, 0, 0};
    const pid_t child = fork();
    if (child == 0) {
      const Totals totals = run_job(job, arguments);
      const bool told = write(ends[1], &totals, sizeof totals) == sizeof totals;
      _exit(told ? 0 : 1);
    }
    close(ends[1]);
    jobs.emplace_back(child, ends[0]);
  }
  Totals sum;
  for (const auto& [child, end] : jobs) {
    Totals totals;
    if (read(end, &totals, sizeof totals) != sizeof totals) totals = {0, 1, 0, 0, 0};
    close(end);
    int status = 0;
    waitpid(child, &status, 0);
    sum.passed += totals.passed;
    sum.failed += totals.failed;
    sum.steps += totals.steps;
    sum.virtual_s += totals.virtual_s;
    sum.real_s += totals.real_s;
  }
  return sum;
}

int measure_speed() {
  es::sim::Speed speed;
  constexpr es::Duration kTime = es::minutes(20);
  const double began = cpu_seconds();
  const uint64_t steps = speed.play(kTime);
  const double took = cpu_seconds() - began;
  std::printf("three managers and five agents: %llu steps in %.2f s, %.0f times real time on one core\n",
              number(steps), took, static_cast<double>(kTime.ms()) / 1e3 / took);
  return 0;
}

void last_words(int signal) {
  char text[64];
  const int size = std::snprintf(text, sizeof text, "FAIL seed %lld: signal %d\n",
                                 static_cast<long long>(current_seed), signal);
  static_cast<void>(!write(STDOUT_FILENO, text, static_cast<size_t>(size)));
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

int main(int count, char** words) {
  // Values of half a megabyte come and go: memory that is kept costs less than pages that are asked for again and again.
  mallopt(M_MMAP_THRESHOLD, 256 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  if (const int status = es::plant_from_environment(); status >= 0) return status;
  Arguments arguments;
  if (!parse(count, words, arguments)) {
    std::fprintf(stderr,
                 "usage: simulate [--raft | --speed] [--seeds N] [--from S] [--seed S] [--twice K] [--jobs J] "
                 "[--trace [LINES]] [--hash] [--no-shrink]\n");
    return 2;
  }
  if (arguments.raft) return es::sim::run_raft_seeds(arguments.from, arguments.seeds);
  if (arguments.speed) return measure_speed();
  std::signal(SIGABRT, last_words);
  std::signal(SIGSEGV, last_words);
  const Totals totals = run_jobs(arguments);
  std::printf("%llu steps in %llu seeds, %.0f times real time on one core\n%llu passed, %llu failed\n",
              number(totals.steps), number(arguments.seeds),
              totals.real_s > 0 ? totals.virtual_s / totals.real_s : 0.0, number(totals.passed),
              number(totals.failed));
  return totals.failed == 0 ? 0 : 1;
}
