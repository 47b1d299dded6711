// Tables::apply: a change is staged in a draft, action by action, and moves into the tables only
// when none was refused.

#include <algorithm>
#include <string>

#include "core/base/hash.h"
#include "core/base/planted_bug.h"
#include "core/state/bounds.h"
#include "core/state/draft.h"
#include "core/state/tables.h"

namespace es::state {

namespace {

using Refusal = std::optional<Error>;

Refusal out_of_sequence() { return Error{Errc::kOutOfSequence, "update out of sequence"}; }

Refusal name_conflict() { return Error{Errc::kConflict, "name conflicts with an existing object"}; }

template <class T>
Ref<T> current(const Draft& staged, const decltype(T::id)& id) {
  if constexpr (std::is_same_v<T, Cluster>) {
    const Ref<Cluster> cluster = staged.cluster();
    return cluster && cluster->id == id ? cluster : nullptr;
  } else if constexpr (std::is_same_v<T, Node>) {
    return staged.node(id);
  } else if constexpr (std::is_same_v<T, Service>) {
    return staged.service(id);
  } else {
    return staged.task(id);
  }
}

Refusal check_name(const Draft& staged, const Cluster& cluster) {
  const Ref<Cluster> other = staged.cluster();
  if (other && other->id != cluster.id) return Error{Errc::kConflict, "the cluster exists already"};
  return std::nullopt;
}

Refusal check_name(const Draft& staged, const Node& node) {
  if (node.spec.name.empty()) return std::nullopt;
  for (const Ref<Node>& other : staged.nodes()) {
    if (other->id != node.id && other->spec.name == node.spec.name) return name_conflict();
  }
  return std::nullopt;
}

Refusal check_name(const Draft& staged, const Service& service) {
  const Ref<Service> other = staged.service_by_name(service.spec.name);
  if (other && other->id != service.id && !ES_PLANTED(name_taken_twice)) return name_conflict();
  return std::nullopt;
}

Refusal check_name(const Draft&, const Task&) { return std::nullopt; }

// What has been observed stays observed, and what is desired of a task only moves towards its end.
void keep_forward(const Task& before, Task& after) {
  if (after.status.state < before.status.state && !ES_PLANTED(observed_state_goes_back)) {
    after.status = before.status;
  }
  if (after.desired_state < before.desired_state) after.desired_state = before.desired_state;
  if (!before.node_id.empty()) after.node_id = before.node_id;
}

template <class T>
Refusal stage(Draft& staged, const T& object) {
  const Ref<T> before = current<T>(staged, object.id);
  if (object.meta.version.index == 0) {
    if (before) return Error{Errc::kConflict, "an object with this id exists already"};
    if (is_full<T>(staged, kMaxChangeActions)) {
      return Error{Errc::kLimit, "the cluster has as many objects of this kind as it can hold"};
    }
  } else if (!before || before->meta.version != object.meta.version) {
    return out_of_sequence();
  }
  if (Refusal refused = check_name(staged, object)) return refused;
  if constexpr (std::is_same_v<T, Task>) {
    Task forward = object;
    if (before) keep_forward(*before, forward);
    staged.put(std::move(forward));
  } else {
    staged.put(object);
  }
  return std::nullopt;
}

Refusal stage(Draft& staged, const TaskOfService& made) {
  const Ref<Service> service = staged.service(made.task.service_id);
  if (!service || service->spec_version != made.task.spec_version) return out_of_sequence();
  Task task = made.task;
  task.spec = service->spec.task;
  return stage(staged, task);
}

Refusal stage(Draft& staged, const TaskUpdate& update) {
  const Ref<Task> before = staged.task(update.id);
  if (!before) return std::nullopt;
  Task after = *before;
  if (update.node_id) after.node_id = *update.node_id;
  if (update.status) after.status = *update.status;
  if (update.desired_state) after.desired_state = *update.desired_state;
  keep_forward(*before, after);
  if (!(after == *before)) staged.put(std::move(after));
  return std::nullopt;
}

template <class T>
Refusal stage_removal(Draft& staged, const Removal& removal) {
  const decltype(T::id) id{removal.id.bits};
  const Ref<T> before = current<T>(staged, id);
  if (!before) return std::nullopt;
  if (removal.based_on.index != 0 && removal.based_on != before->meta.version)
    return out_of_sequence();
  staged.remove(id);
  return std::nullopt;
}

Refusal stage(Draft& staged, const Removal& removal) {
  switch (removal.kind) {
    case ObjectKind::kNode:
      return stage_removal<Node>(staged, removal);
    case ObjectKind::kService:
      return stage_removal<Service>(staged, removal);
    case ObjectKind::kTask:
      return stage_removal<Task>(staged, removal);
    case ObjectKind::kCluster:
      break;
  }
  return Error{Errc::kUnsupported, "an object of this kind cannot be removed"};
}

}  // namespace

template <class T>
void Tables::commit(const Draft& staged, uint64_t index, WallTime at, std::vector<Event>& events) {
  std::vector<Altered<T>> altered;
  for (const auto& [id, pending] : staged.pending<T>()) {
    const Ref<T> before = find_row<T>(rows<T>(), id);
    if (!before && !pending) continue;
    if (!pending) {
      altered.push_back({before, nullptr});
      continue;
    }
    T after = *pending;
    after.meta =
        before ? before->meta
               : Meta{.version = {}, .created_at = at, .updated_at = {}, .created_index = index};
    after.meta.version.index = index;
    after.meta.updated_at = at;
    if (ES_PLANTED(tables_depend_on_an_address)) {
      after.meta.updated_at.ns += static_cast<int64_t>(reinterpret_cast<uintptr_t>(this) % 65'521);
    }
    altered.push_back({before, std::make_shared<const T>(std::move(after))});
  }
  // All old index entries go before the first new one comes: a name may pass from one object to
  // another in one change.
  for (const Altered<T>& one : altered) {
    if (one.before) erase_row(*one.before);
  }
  for (Altered<T>& one : altered) {
    if (one.after) put_row(one.after);
    events.push_back(std::move(one));
  }
}

// DESIGN D4: the highest time that a leader has stamped. No version, no event: nothing that is
// based on the cluster object is outdated.
void Tables::raise_time_floor(WallTime at) {
  const Ref<Cluster> before = cluster();
  if (!before || at <= before->time_floor) return;
  Cluster after = *before;
  after.time_floor = at;
  put_row(std::make_shared<const Cluster>(std::move(after)));
}

void Tables::extend_history(uint64_t index, const Change& change) {
  if (index_ != 0 && history_ == 0) return;
  Hash64 hash;
  for (const uint64_t part : {history_, index, change.id.origin.bits.high, change.id.origin.bits.low, change.id.sequence,
                              static_cast<uint64_t>(change.stamped_at.ns)}) {
    hash.add(part);
  }
  history_ = std::max<uint64_t>(hash.value(), 1);
}

Applied Tables::apply(uint64_t index, const Change& change) {
  ES_ASSERT(index > index_);
  extend_history(index, change);
  index_ = index;
  if (change.actions.size() > kMaxChangeActions) {
    return {Error{Errc::kLimit, "a change of too many actions"}, {}};
  }
  Draft staged(*this);
  for (const Action& action : change.actions) {
    Refusal refused = std::visit([&](const auto& one) { return stage(staged, one); }, action);
    if (refused) return {std::move(refused), {}};
  }
  Applied applied;
  commit<Cluster>(staged, index, change.stamped_at, applied.events);
  commit<Node>(staged, index, change.stamped_at, applied.events);
  commit<Service>(staged, index, change.stamped_at, applied.events);
  commit<Task>(staged, index, change.stamped_at, applied.events);
  raise_time_floor(change.stamped_at);
  return applied;
}

}  // namespace es::state
