// The tables as bytes: what a manager that lags too far behind is sent, and what replaces the front
// of the log.

#include "core/base/planted_bug.h"
#include "core/state/tables.h"
#include "core/wire/codec.h"

namespace es::state {

namespace {

// Encoded as the object is, which is not copied for that: a large state would stop the loop for too long.
template <class T>
struct Row {
  Ref<T> object;

  static constexpr auto fields() { return T::fields(); }
  bool operator==(const Row&) const = default;
};

template <class T>
void encode_fields(const Row<T>& row, wire::Writer& out) {
  wire::encode_fields(*row.object, out);
}

struct Snapshot {
  uint64_t index = 0;
  std::vector<Row<Cluster>> clusters;
  std::vector<Row<Node>> nodes;
  std::vector<Row<Service>> services;
  std::vector<Row<Task>> tasks;                  // the first of those that share a spec which is not their service's any more
  std::vector<TaskOfService> tasks_of_services;  // without their spec, which is their service's
  uint64_t history = 0;
  std::vector<TaskOfService> tasks_of_versions;  // without their spec, which is that of the task above of the same service and version

  static constexpr auto fields() {
    using S = Snapshot;
    return std::tuple{
        field(1, "Index", &S::index), field(2, "Clusters", &S::clusters),
        field(3, "Nodes", &S::nodes), field(4, "Services", &S::services),
        field(5, "Tasks", &S::tasks), field(6, "TasksOfServices", &S::tasks_of_services),
        field(7, "History", &S::history), field(8, "TasksOfVersions", &S::tasks_of_versions)};
  }
};

template <class T>
std::vector<Row<T>> list(const Rows<T>& rows) {
  std::vector<Row<T>> all;
  all.reserve(rows.size());
  for (const auto& [id, object] : rows) all.push_back({object});
  return all;
}

TaskOfService without_spec(const Task& task) {
  TaskOfService bare{task};
  bare.task.spec = {};
  return bare;
}

// Of each version of a service the first task that is written whole.
class FirstTasks {
 public:
  // `task` itself when it is the first.
  Ref<Task> first_like(const Ref<Task>& task) { return first_.try_emplace({task->service_id, task->spec_version}, task).first->second; }
  Ref<Task> find(const Task& task) const {
    const auto it = first_.find({task.service_id, task.spec_version});
    return it == first_.end() ? nullptr : it->second;
  }

 private:
  std::map<std::pair<ServiceId, Version>, Ref<Task>> first_;
};

}  // namespace

std::string Tables::snapshot() const {
  Snapshot all{index_, list(rows<Cluster>()), list(rows<Node>()), list(rows<Service>()), {}, {}, history_, {}};
  FirstTasks of_versions;
  for (const auto& [id, task] : rows<Task>()) {
    const Ref<Service> owner = service(task->service_id);
    if (owner && owner->spec.task == task->spec) {
      all.tasks_of_services.push_back(without_spec(*task));
      continue;
    }
    const Ref<Task> first = of_versions.first_like(task);
    if (first != task && first->spec == task->spec) all.tasks_of_versions.push_back(without_spec(*task));
    else all.tasks.push_back({task});
  }
  if (ES_PLANTED(snapshot_misses_tasks)) all.tasks_of_services.clear();
  return wire::encode(all);
}

// Read object by object: an earlier version let the tables grow past kMaxRows, and the bound of lists must not keep what it holds from
// being loaded. It may only shrink then.
Status Tables::restore(std::string_view bytes) {
  Tables restored;
  std::vector<Task> tasks_of_services;
  std::vector<Task> tasks_of_versions;
  FirstTasks of_versions;
  const auto take = [&]<class T>(wire::Reader object, T) -> Status {
    ES_TRY(T one, wire::decode<T>(object.rest()));
    const auto row = std::make_shared<const T>(std::move(one));
    if constexpr (std::is_same_v<T, Task>) of_versions.first_like(row);
    restored.put_row(row);
    return {};
  };
  const auto take_without_spec = [](wire::Reader object, std::vector<Task>& tasks) -> Status {
    ES_TRY(TaskOfService one, wire::decode<TaskOfService>(object.rest()));
    tasks.push_back(std::move(one.task));
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
      case 6: ES_CHECK(take_without_spec(object, tasks_of_services)); break;
      case 8: ES_CHECK(take_without_spec(object, tasks_of_versions)); break;
      default: break;
    }
  }
  for (Task& task : tasks_of_services) {
    const Ref<Service> owner = restored.service(task.service_id);
    if (!owner) return corrupt("snapshot with a task of a service that is not in it");
    task.spec = owner->spec.task;
    restored.put_row(std::make_shared<const Task>(std::move(task)));
  }
  for (Task& task : tasks_of_versions) {
    const Ref<Task> first = of_versions.find(task);
    if (!first) return corrupt("snapshot with a task of a version that no other task in it has");
    task.spec = first->spec;
    restored.put_row(std::make_shared<const Task>(std::move(task)));
  }
  *this = std::move(restored);
  return {};
}

}  // namespace es::state
