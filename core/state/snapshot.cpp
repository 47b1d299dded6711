// The tables as bytes: what a manager that lags too far behind is sent, and what replaces the front
// of the log.

#include "core/base/planted_bug.h"
#include "core/state/tables.h"
#include "core/wire/codec.h"

namespace es::state {

namespace {

struct Snapshot {
  uint64_t index = 0;
  std::vector<Cluster> clusters;
  std::vector<Node> nodes;
  std::vector<Service> services;
  std::vector<Task> tasks;                       // those whose spec is not their service's any more
  std::vector<TaskOfService> tasks_of_services;  // all others: the spec is written once

  static constexpr auto fields() {
    using S = Snapshot;
    return std::tuple{
        field(1, "Index", &S::index), field(2, "Clusters", &S::clusters),
        field(3, "Nodes", &S::nodes), field(4, "Services", &S::services),
        field(5, "Tasks", &S::tasks), field(6, "TasksOfServices", &S::tasks_of_services)};
  }
};

template <class T>
std::vector<T> values(const Rows<T>& rows) {
  std::vector<T> all;
  all.reserve(rows.size());
  for (const auto& [id, object] : rows) all.push_back(*object);
  return all;
}

}  // namespace

std::string Tables::snapshot() const {
  Snapshot all{index_, values(rows<Cluster>()), values(rows<Node>()), values(rows<Service>()), {},
               {}};
  for (const auto& [id, task] : rows<Task>()) {
    const Ref<Service> owner = service(task->service_id);
    if (owner && owner->spec.task == task->spec) {
      all.tasks_of_services.push_back({*task});
      all.tasks_of_services.back().task.spec = {};
    } else {
      all.tasks.push_back(*task);
    }
  }
  if (ES_PLANTED(snapshot_misses_tasks)) all.tasks_of_services.clear();
  return wire::encode(all);
}

Status Tables::restore(std::string_view bytes) {
  ES_TRY(Snapshot all, wire::decode<Snapshot>(bytes));
  Tables restored;
  restored.index_ = all.index;
  for (Cluster& one : all.clusters)
    restored.put_row(std::make_shared<const Cluster>(std::move(one)));
  for (Node& one : all.nodes) restored.put_row(std::make_shared<const Node>(std::move(one)));
  for (Service& one : all.services)
    restored.put_row(std::make_shared<const Service>(std::move(one)));
  for (Task& one : all.tasks) restored.put_row(std::make_shared<const Task>(std::move(one)));
  for (TaskOfService& one : all.tasks_of_services) {
    const Ref<Service> owner = restored.service(one.task.service_id);
    if (!owner) return corrupt("snapshot with a task of a service that is not in it");
    one.task.spec = owner->spec.task;
    restored.put_row(std::make_shared<const Task>(std::move(one.task)));
  }
  *this = std::move(restored);
  return {};
}

}  // namespace es::state
