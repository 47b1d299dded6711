#include "core/state/draft.h"

#include <algorithm>
#include <tuple>

namespace es::state {

namespace {

// What a put of an existing object may differ in without being a change.
template <class T>
bool same_content(const T& a, const T& b) {
  T aligned = a;
  aligned.meta = b.meta;
  return aligned == b;
}

// An update of a task, if that can say the difference.
std::optional<TaskUpdate> as_update(const Task& before, const Task& after) {
  TaskUpdate update{.id = after.id, .node_id = {}, .status = {}, .desired_state = {}};
  Task rest = before;
  rest.meta = after.meta;
  rest.node_id = after.node_id;
  rest.status = after.status;
  rest.desired_state = after.desired_state;
  if (!(rest == after)) return std::nullopt;
  if (before.node_id != after.node_id) update.node_id = after.node_id;
  if (!(before.status == after.status)) update.status = after.status;
  if (before.desired_state != after.desired_state) update.desired_state = after.desired_state;
  return update;
}

ObjectKind kind_of(const Node&) { return ObjectKind::kNode; }
ObjectKind kind_of(const Service&) { return ObjectKind::kService; }
ObjectKind kind_of(const Task&) { return ObjectKind::kTask; }

template <class T>
Removal removal_of(const T& object) {
  Removal removal{kind_of(object), ObjectId{object.id.bits}, object.meta.version};
  // A task that is done cannot come back, so its removal holds whatever was observed in between.
  if (std::is_same_v<T, Task>) removal.based_on = {};
  return removal;
}

bool by_slot(const Ref<Task>& a, const Ref<Task>& b) {
  return std::tie(a->slot, a->id) < std::tie(b->slot, b->id);
}
bool by_id(const Ref<Task>& a, const Ref<Task>& b) { return a->id < b->id; }

// The tables' answer to a query, with the pending tasks' answer over it.
template <class Matches, class Less>
std::vector<Ref<Task>> overlay(std::vector<Ref<Task>> found, const Rows<Task>& pending,
                               Matches matches, Less less) {
  if (pending.empty()) return found;
  std::erase_if(found, [&](const Ref<Task>& task) { return pending.contains(task->id); });
  const auto settled = static_cast<std::ptrdiff_t>(found.size());
  for (const auto& [id, task] : pending) {
    if (task && matches(*task)) found.push_back(task);
  }
  std::sort(found.begin() + settled, found.end(), less);
  std::inplace_merge(found.begin(), found.begin() + settled, found.end(), less);
  return found;
}

}  // namespace

Ref<Cluster> Draft::cluster() const {
  const Rows<Cluster>& clusters = pending<Cluster>();
  return clusters.empty() ? base_.cluster() : clusters.begin()->second;
}

Ref<Service> Draft::service_by_name(std::string_view name) const {
  for (const auto& [id, service] : pending<Service>()) {
    if (service && service->spec.name == name) return service;
  }
  const Ref<Service> settled = base_.service_by_name(name);
  return settled && !pending<Service>().contains(settled->id) ? settled : nullptr;
}

template <class T>
std::vector<Ref<T>> Draft::all() const {
  std::vector<Ref<T>> found;
  found.reserve(base_.rows<T>().size() + pending<T>().size());
  auto fresh = pending<T>().begin();
  const auto take_pending_below = [&](const decltype(T::id)* bound) {
    for (; fresh != pending<T>().end() && (!bound || fresh->first < *bound); ++fresh) {
      if (fresh->second) found.push_back(fresh->second);
    }
  };
  for (const auto& [id, object] : base_.rows<T>()) {
    take_pending_below(&id);
    if (fresh == pending<T>().end() || fresh->first != id) found.push_back(object);
  }
  take_pending_below(nullptr);
  return found;
}

template std::vector<Ref<Node>> Draft::all<Node>() const;
template std::vector<Ref<Service>> Draft::all<Service>() const;
template std::vector<Ref<Task>> Draft::all<Task>() const;

std::vector<Ref<Task>> Draft::tasks_of_service(ServiceId id) const {
  return overlay(
      base_.tasks_of_service(id), pending<Task>(),
      [id](const Task& task) { return task.service_id == id; }, by_slot);
}

std::vector<Ref<Task>> Draft::tasks_of_node(NodeId id) const {
  return overlay(
      base_.tasks_of_node(id), pending<Task>(),
      [id](const Task& task) { return task.node_id == id; }, by_id);
}

template <class T>
void Draft::take_puts(std::vector<Action>& actions) const {
  for (const auto& [id, object] : pending<T>()) {
    if (!object) continue;
    const Ref<T> before = find_row<T>(base_.rows<T>(), id);
    if (before && same_content(*object, *before)) continue;
    if constexpr (std::is_same_v<T, Task>) {
      if (before) {
        if (std::optional<TaskUpdate> update = as_update(*before, *object)) {
          actions.emplace_back(std::move(*update));
          continue;
        }
      } else if (const Ref<Service> service = find<Service>(object->service_id);
                 service && service->spec_version == object->spec_version &&
                 service->spec.task == object->spec) {
        TaskOfService made{*object};
        made.task.spec = {};
        actions.emplace_back(std::move(made));
        continue;
      }
    }
    actions.emplace_back(*object);
  }
}

template <class T>
void Draft::take_removals(std::vector<Action>& actions) const {
  for (const auto& [id, object] : pending<T>()) {
    if (object) continue;
    if (const Ref<T> before = find_row<T>(base_.rows<T>(), id))
      actions.emplace_back(removal_of(*before));
  }
}

std::vector<Action> Draft::take_actions() {
  std::vector<Action> actions;
  // What is removed frees its name for what is put. And it stands right before the cluster object, so that a removed node and its name on
  // the list of the removed are in one change.
  take_removals<Service>(actions);
  take_removals<Node>(actions);
  take_puts<Cluster>(actions);
  take_puts<Node>(actions);
  take_puts<Service>(actions);
  take_puts<Task>(actions);
  take_removals<Task>(actions);
  pending_ = {};
  return actions;
}

}  // namespace es::state
