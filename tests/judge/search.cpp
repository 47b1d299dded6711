#include "tests/judge/search.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <unordered_set>
#include <utility>

namespace es::judge {

namespace {

constexpr size_t kNone = std::numeric_limits<size_t>::max();

// An invocation or a completion, in a list from which both are taken while their operation is part
// of the order that is being tried.
struct Event {
  size_t operation = kNone;
  bool completes = false;
  size_t previous = 0;
  size_t next = 0;
  size_t partner = 0;  // of an invocation: its completion
};

// Which operations are in the order, and what they leave.
struct Reached {
  std::vector<uint64_t> done;  // a bit each
  ObjectState state;

  bool operator==(const Reached&) const = default;
};

struct ReachedHash {
  size_t operator()(const Reached& reached) const {
    // Splitmix's finaliser over the words: the sets differ in few bits.
    uint64_t hash = reached.state.least_version * 31 + reached.state.value;
    hash = hash * 31 + reached.state.made + (reached.state.present ? 7 : 0);
    hash = hash * 31 + reached.state.previous;
    for (const uint64_t word : reached.done) {
      hash = (hash ^ word) * 0xbf58476d1ce4e5b9;
      hash ^= hash >> 29;
    }
    return static_cast<size_t>(hash);
  }
};

class Search {
 public:
  Search(const std::vector<Operation>& operations, uint64_t max_states)
      : operations_(operations), max_states_(max_states) {
    reached_.done.resize((operations.size() + 63) / 64);
    build();
  }

  Found run();

 private:
  struct Choice {
    size_t event;
    ObjectState before;
  };

  void build();
  bool choose(size_t event);
  size_t undo();  // the event to go on with, or kNone
  void take_out(size_t event);
  void put_back(size_t event);
  void flip(size_t operation) { reached_.done[operation / 64] ^= uint64_t{1} << (operation % 64); }

  const std::vector<Operation>& operations_;
  const uint64_t max_states_;
  std::vector<Event> events_;  // the first is the list's head and, at its end, its tail
  Reached reached_;
  std::unordered_set<Reached, ReachedHash> seen_;
  std::vector<Choice> choices_;
  Found found_;
};

// At equal times invocations come first: what touches counts as overlapping, which forbids less.
void Search::build() {
  struct Moment {
    int64_t time;
    bool completes;
    size_t operation;
  };
  std::vector<Moment> moments;
  for (size_t i = 0; i < operations_.size(); ++i) {
    const bool unknown = operations_[i].outcome == Outcome::kUnknown;
    moments.push_back({operations_[i].invoked_at, false, i});
    const int64_t end = unknown ? std::numeric_limits<int64_t>::max() : operations_[i].completed_at;
    moments.push_back({end, true, i});
  }
  std::sort(moments.begin(), moments.end(), [](const Moment& a, const Moment& b) {
    return std::tuple(a.time, a.completes, a.operation) < std::tuple(b.time, b.completes, b.operation);
  });
  events_.resize(1);
  std::vector<size_t> invocation(operations_.size());
  for (const Moment& moment : moments) {
    Event event;
    event.operation = moment.operation;
    event.completes = moment.completes;
    event.previous = events_.size() - 1;
    event.next = events_.size() + 1;
    if (moment.completes) events_[invocation[moment.operation]].partner = events_.size();
    else invocation[moment.operation] = events_.size();
    events_.push_back(event);
  }
  events_.back().next = 0;
  events_.front().next = events_.size() > 1 ? 1 : 0;
  events_.front().previous = events_.size() - 1;
}

void Search::take_out(size_t event) {
  for (const size_t one : {event, events_[event].partner}) {
    events_[events_[one].previous].next = events_[one].next;
    events_[events_[one].next].previous = events_[one].previous;
  }
}

void Search::put_back(size_t event) {
  for (const size_t one : {events_[event].partner, event}) {
    events_[events_[one].previous].next = one;
    events_[events_[one].next].previous = one;
  }
}

// False when the operation is not possible now, or all that follows was tried before.
bool Search::choose(size_t event) {
  const size_t operation = events_[event].operation;
  const ObjectState before = reached_.state;
  if (apply(operations_[operation], reached_.state) != Objection::kNone) return false;
  flip(operation);
  if (!seen_.insert(reached_).second) {
    flip(operation);
    reached_.state = before;
    return false;
  }
  choices_.push_back({event, before});
  take_out(event);
  if (choices_.size() > found_.longest.size()) {
    found_.longest.clear();
    for (const Choice& one : choices_) found_.longest.push_back(events_[one.event].operation);
  }
  return true;
}

size_t Search::undo() {
  if (choices_.empty()) return kNone;
  const Choice last = choices_.back();
  choices_.pop_back();
  put_back(last.event);
  flip(events_[last.event].operation);
  reached_.state = last.before;
  return events_[last.event].next;
}

Found Search::run() {
  size_t event = events_.front().next;
  while (event != 0) {
    const Event& now = events_[event];
    // Only completions that never came are left: everything that was answered is explained.
    if (now.completes && operations_[now.operation].outcome == Outcome::kUnknown) break;
    if (!now.completes && choose(event)) {
      event = events_.front().next;
    } else if (!now.completes) {
      event = now.next;
    } else {
      event = undo();
      if (event == kNone) {
        found_.finding = Finding::kBroken;
        break;
      }
    }
    if (seen_.size() >= max_states_) {
      found_.finding = Finding::kUndecided;
      break;
    }
  }
  found_.states = seen_.size();
  return std::move(found_);
}

}  // namespace

Found search(const std::vector<Operation>& operations, uint64_t max_states) {
  return Search(operations, max_states).run();
}

}  // namespace es::judge
