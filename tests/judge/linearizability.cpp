#include "tests/judge/linearizability.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "tests/judge/search.h"

namespace es::judge {

namespace {

constexpr size_t kShownBefore = 12;  // operations that a counter-example shows before the break

// Whether leaving the operation out can make nothing impossible that was possible with it. What is
// unknown doubles the search, and most of it was never seen by anybody.
class Relevance {
 public:
  explicit Relevance(const std::vector<Operation>& operations) {
    for (const Operation& one : operations) {
      rolls_back_ = rolls_back_ || one.kind == Kind::kRollback;
      if (one.outcome == Outcome::kExists) says_exists_ = true;
      if (one.outcome == Outcome::kAbsent || one.outcome == Outcome::kMissing) says_gone_ = true;
      if (one.kind == Kind::kCreate && one.outcome != Outcome::kExists) ++creates_;
      if (one.outcome != Outcome::kOk) continue;
      if (one.kind == Kind::kRead) seen_values_.insert(one.value);
      if (one.kind != Kind::kCreate) used_.insert(one.made);
    }
  }

  bool matters(const Operation& one) const {
    if (one.outcome == Outcome::kFailed) return false;
    if (one.outcome != Outcome::kUnknown) return true;
    switch (one.kind) {
      case Kind::kRead: return false;
      case Kind::kUpdate: return rolls_back_ || seen_values_.contains(one.value);
      case Kind::kCreate: return says_exists_ || used_.contains(one.made);
      case Kind::kRemove: return says_gone_ || creates_ > 1;
      case Kind::kRollback: return true;
    }
    return true;
  }

 private:
  bool rolls_back_ = false;
  bool says_exists_ = false;
  bool says_gone_ = false;
  size_t creates_ = 0;
  std::set<Token> seen_values_;
  std::set<Token> used_;
};

std::vector<Operation> relevant(const std::vector<Operation>& operations) {
  const Relevance relevance(operations);
  std::vector<Operation> kept;
  for (const Operation& one : operations) {
    if (relevance.matters(one)) kept.push_back(one);
  }
  return kept;
}

// The history as it was known at `time`: what had not begun is not there, what had not ended is
// unknown. A prefix of a linearizable history is linearizable.
std::vector<Operation> known_at(const std::vector<Operation>& operations, int64_t time) {
  std::vector<Operation> known;
  for (Operation one : operations) {
    if (one.invoked_at > time) continue;
    if (one.outcome != Outcome::kUnknown && one.completed_at > time) one.outcome = Outcome::kUnknown;
    known.push_back(one);
  }
  return known;
}

// The shortest prefix that is broken already.
std::vector<Operation> shortest_broken(const std::vector<Operation>& operations,
                                       const Options& options) {
  std::vector<int64_t> ends;
  for (const Operation& one : operations) {
    if (one.outcome != Outcome::kUnknown) ends.push_back(one.completed_at);
  }
  std::sort(ends.begin(), ends.end());
  size_t low = 0;
  size_t high = ends.size() - 1;  // broken
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const auto probe = relevant(known_at(operations, ends[middle]));
    if (search(probe, options.max_states).finding == Finding::kBroken) high = middle;
    else low = middle + 1;
  }
  return relevant(known_at(operations, ends[high]));
}

std::string state_text(const History& history, const ObjectState& state) {
  if (!state.present) return "there is no such object";
  std::string text = "value=" + history.word(state.value);
  if (state.made != 0) text += " made=" + history.word(state.made);
  return text + " version>=" + std::to_string(state.least_version);
}

std::string explain(const History& history, const std::vector<Operation>& operations,
                    const Found& found) {
  std::string text = "no order of its operations explains " +
                     history.word(operations.front().object) + ". The longest that fits";
  const size_t count = found.longest.size();
  const size_t first = count > kShownBefore ? count - kShownBefore : 0;
  if (first > 0) text += " (its last " + std::to_string(kShownBefore) + " operations)";
  text += ":\n";
  ObjectState state;
  std::set<size_t> done;
  for (size_t i = 0; i < count; ++i) {
    apply(operations[found.longest[i]], state);
    done.insert(found.longest[i]);
    if (i >= first) text += "    " + history.text(operations[found.longest[i]]) + '\n';
  }
  text += "  then: " + state_text(history, state) + ", and none of these can be next:\n";
  int64_t next_end = std::numeric_limits<int64_t>::max();
  for (size_t i = 0; i < operations.size(); ++i) {
    if (done.contains(i) || operations[i].outcome == Outcome::kUnknown) continue;
    next_end = std::min(next_end, operations[i].completed_at);
  }
  for (size_t i = 0; i < operations.size(); ++i) {
    if (done.contains(i) || operations[i].invoked_at > next_end) continue;
    ObjectState after = state;
    const Objection objection = apply(operations[i], after);
    text += "    " + history.text(operations[i]) + "    -- ";
    text += objection == Objection::kNone ? "leads no further" : to_string(objection);
    text += '\n';
  }
  return text;
}

}  // namespace

Verdict judge(const History& history, const Options& options) {
  std::map<Token, std::vector<Operation>> by_object;
  for (const Operation& one : history.operations()) by_object[one.object].push_back(one);
  Verdict verdict;
  for (const auto& [object, operations] : by_object) {
    ++verdict.objects;
    verdict.operations += operations.size();
    const Found found = search(relevant(operations), options.max_states);
    verdict.states += found.states;
    if (found.finding == Finding::kExplained || verdict.finding == Finding::kBroken) continue;
    if (found.finding == verdict.finding) continue;
    verdict.finding = found.finding;
    verdict.object = object;
    if (found.finding == Finding::kUndecided) {
      verdict.text = history.word(object) + " was not decided within " +
                     std::to_string(options.max_states) + " states\n";
      continue;
    }
    const std::vector<Operation> shortest = shortest_broken(operations, options);
    verdict.text = explain(history, shortest, search(shortest, options.max_states));
  }
  return verdict;
}

}  // namespace es::judge
