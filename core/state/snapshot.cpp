// The tables as bytes: what a manager that lags too far behind is sent, and what replaces the front
// of the log.

#include <functional>
#include <unordered_map>

#include "core/base/planted_bug.h"
#include "core/state/bare_task.h"
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

// A task without its spec, which is the one of a task that is written whole.
struct TaskLike {
  Task task;
  TaskId like;

  static constexpr auto fields() { return std::tuple{field(1, "Task", &TaskLike::task), field(2, "Like", &TaskLike::like)}; }
  bool operator==(const TaskLike&) const = default;
};

struct Snapshot {
  uint64_t index = 0;
  std::vector<Row<Cluster>> clusters;
  std::vector<Row<Node>> nodes;
  std::vector<Row<Service>> services;
  std::vector<Row<Task>> tasks;                  // the first of those that share a spec which is not their service's any more
  std::vector<TaskOfService> tasks_of_services;  // without their spec, which is their service's
  uint64_t history = 0;
  std::vector<TaskLike> tasks_like_others;

  static constexpr auto fields() {
    using S = Snapshot;
    return std::tuple{
        field(1, "Index", &S::index), field(2, "Clusters", &S::clusters),
        field(3, "Nodes", &S::nodes), field(4, "Services", &S::services),
        field(5, "Tasks", &S::tasks), field(6, "TasksOfServices", &S::tasks_of_services),
        field(7, "History", &S::history), field(8, "TasksLikeOthers", &S::tasks_like_others)};
  }
};

template <class T>
std::vector<Row<T>> list(const Rows<T>& rows) {
  std::vector<Row<T>> all;
  all.reserve(rows.size());
  for (const auto& [id, object] : rows) all.push_back({object});
  return all;
}

// Of the tasks with one spec the first, which is written whole. Versions of a service may share a spec: scaling makes a version, too.
class FirstTasks {
 public:
  // `task` itself when it is the first. By content, so that every manager writes the same bytes; the hash only finds what to compare with.
  Ref<Task> first_like(const Ref<Task>& task) {
    const size_t hash = std::hash<std::string>()(wire::encode(task->spec));
    const auto [begin, end] = first_.equal_range(hash);
    for (auto it = begin; it != end; ++it) {
      if (it->second->spec == task->spec) return it->second;
    }
    first_.emplace(hash, task);
    return task;
  }

 private:
  std::unordered_multimap<size_t, Ref<Task>> first_;
};

}  // namespace

std::string Tables::snapshot() const {
  Snapshot all{index_, list(rows<Cluster>()), list(rows<Node>()), list(rows<Service>()), {}, {}, history_, {}};
  FirstTasks firsts;
  for (const auto& [id, task] : rows<Task>()) {
    const Ref<Service> owner = service(task->service_id);
    if (owner && owner->spec.task == task->spec) {
      all.tasks_of_services.push_back({without_spec(*task)});
    } else if (const Ref<Task> first = firsts.first_like(task); first != task) {
      all.tasks_like_others.push_back({without_spec(*task), first->id});
    } else {
      all.tasks.push_back({task});
    }
  }
  if (ES_PLANTED(snapshot_misses_tasks)) all.tasks_of_services.clear();
  return wire::encode(all);
}

// Read object by object: an earlier version let the tables grow past kMaxRows, and the bound of lists must not keep what it holds from
// being loaded. It may only shrink then.
Status Tables::restore(std::string_view bytes) {
  Tables restored;
  const auto take = [&]<class T>(wire::Reader object, T) -> Status {
    ES_TRY(T one, wire::decode<T>(object.rest()));
    restored.put_row(std::make_shared<const T>(std::move(one)));
    return {};
  };
  const auto take_with_spec = [&](Task task, const TaskSpec& spec) {
    task.spec = spec;
    restored.put_row(std::make_shared<const Task>(std::move(task)));
  };
  const auto take_of_service = [&](wire::Reader object) -> Status {
    ES_TRY(TaskOfService one, wire::decode<TaskOfService>(object.rest()));
    const Ref<Service> owner = restored.service(one.task.service_id);
    if (!owner) return corrupt("snapshot with a task of a service that is not in it");
    take_with_spec(std::move(one.task), owner->spec.task);
    return {};
  };
  const auto take_like_other = [&](wire::Reader object) -> Status {
    ES_TRY(TaskLike one, wire::decode<TaskLike>(object.rest()));
    const Ref<Task> first = restored.task(one.like);
    if (!first) return corrupt("snapshot with a task that is like one that is not in it");
    take_with_spec(std::move(one.task), first->spec);
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
    if (tag.type != wire::WireType::kBytes) return corrupt("snapshot with a table that this version does not know");
    ES_TRY(const wire::Reader object, in.sub());
    switch (tag.number) {  // as in Snapshot::fields(), by which whatever a row needs comes before it
      case 2: ES_CHECK(take(object, Cluster())); break;
      case 3: ES_CHECK(take(object, Node())); break;
      case 4: ES_CHECK(take(object, Service())); break;
      case 5: ES_CHECK(take(object, Task())); break;
      case 6: ES_CHECK(take_of_service(object)); break;
      case 8: ES_CHECK(take_like_other(object)); break;
      default: return corrupt("snapshot with a table that this version does not know");
    }
  }
  *this = std::move(restored);
  return {};
}

}  // namespace es::state
