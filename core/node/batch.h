#pragma once
// Batch: what one draft of the leader becomes. Its actions go into the log in parts, each a change of its own that is applied whole or not at
// all. What a command writes itself stands in one part (Draft::take_actions puts it there); the tasks that follow from it may
// stand in later ones, and the control loop makes them again if those fail. So each piece of work has the fate of the parts that hold
// its objects: docs/decisions/0004.

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/state/change.h"

namespace es::node {

class Batch {
 public:
  explicit Batch(std::vector<state::Action> actions);

  // Nothing for the log. What was found out from the tables alone holds once they are known to be the newest: confirm().
  bool is_empty() const { return parts_.empty(); }
  void confirm() { confirmed_ = true; }

  // The next part to be proposed, by its proposer's id and time; null when all are. It keeps its actions until it is proposed().
  state::Change* next();
  void proposed();
  // The next part will never fit into the log: a bug elsewhere, which must not hold up everybody. False while an earlier one is open.
  bool drop_next(const Error& error);

  // A change was applied, or refused by the tables. False when it is no part of this batch.
  bool applied(uint64_t sequence, const std::optional<Error>& refused);

  // Every part has its end.
  bool is_over() const { return ended_ == parts_.size() && (!is_empty() || confirmed_); }

  // Of work that wrote these objects; work of which nothing has to be written depends on every part, as it saw the draft of all of them.
  // Nothing while it is open; the first error of its parts.
  std::optional<Status> fate(const std::vector<state::ObjectId>& objects) const;

 private:
  struct Part {
    state::Change change;  // without its actions once it is proposed
    std::optional<Error> refused;
  };

  std::vector<Part> parts_;
  size_t proposed_ = 0;  // parts that are in the log, or dropped; they are proposed and applied in order
  size_t ended_ = 0;
  std::map<state::ObjectId, size_t> part_of_;  // of objects that are no tasks
  bool confirmed_ = false;
};

}  // namespace es::node
