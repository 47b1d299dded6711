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
  uint64_t history = 0;

  static constexpr auto fields() {
    using S = Snapshot;
    return std::tuple{
        field(1, "Index", &S::index), field(2, "Clusters", &S::clusters),
        field(3, "Nodes", &S::nodes), field(4, "Services", &S::services),
        field(5, "Tasks", &S::tasks), field(6, "TasksOfServices", &S::tasks_of_services),
        field(7, "History", &S::history)};
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
  Snapshot all{index_, values(rows<Cluster>()), values(rows<Node>()), values(rows<Service>()), {}, {}, history_};
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

// Read object by object: an earlier version let the tables grow past kMaxRows, and the bound of lists must not keep what it holds from
// being loaded. It may only shrink then.
Status Tables::restore(std::string_view bytes) {
  Tables restored;
  std::vector<Task> tasks_of_services;
  const auto take = [&]<class T>(wire::Reader object, T) -> Status {
    ES_TRY(T one, wire::decode<T>(object.rest()));
    if constexpr (std::is_same_v<T, TaskOfService>) tasks_of_services.push_back(std::move(one.task));
    else restored.put_row(std::make_shared<const T>(std::move(one)));
    return {};
  };
  wire::Reader in(bytes);
  while (!in.done()) {
    ES_TRY(const wire::Tag tag, in.tag());
    if (tag.number == 1 && tag.type == wire::WireType::kVarint) {
      ES_TRY(restored.index_, in.varint());
      continue;
    }
    if (tag.number == 7 && tag.type == wire::WireType::kVarint) {
      ES_TRY(restored.history_, in.varint());
      continue;
    }
    if (tag.type != wire::WireType::kBytes) {
      ES_CHECK(in.skip(tag.type));
      continue;
    }
    ES_TRY(const wire::Reader object, in.sub());
    switch (tag.number) {  // as in Snapshot::fields()
      case 2: ES_CHECK(take(object, Cluster())); break;
      case 3: ES_CHECK(take(object, Node())); break;
      case 4: ES_CHECK(take(object, Service())); break;
      case 5: ES_CHECK(take(object, Task())); break;
      case 6: ES_CHECK(take(object, TaskOfService())); break;
      default: break;
    }
  }
  for (Task& task : tasks_of_services) {
    const Ref<Service> owner = restored.service(task.service_id);
    if (!owner) return corrupt("snapshot with a task of a service that is not in it");
    task.spec = owner->spec.task;
    restored.put_row(std::make_shared<const Task>(std::move(task)));
  }
  *this = std::move(restored);
  return {};
}

}  // namespace es::state
