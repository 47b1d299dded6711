#include "core/state/growth.h"

#include "core/state/bare_task.h"
#include "core/wire/codec.h"

namespace es::state {

namespace {

template <class T>
int64_t encoded_bytes(const T& value) {
  return static_cast<int64_t>(wire::encode(value).size());
}

template <class T>
int64_t row_bytes(const Ref<T>& row) {
  return row ? encoded_bytes(*row) : 0;
}

// Tasks share their specs in a snapshot.
int64_t row_bytes(const Ref<Task>& task) { return task ? encoded_bytes(without_spec(*task)) : 0; }

int64_t growth(const Tables& tables, const Altered<Service>& altered) {
  if (altered.before && altered.after) return growth_bytes(tables, *altered.before, *altered.after);
  return row_bytes(altered.after) - row_bytes(altered.before);
}

// What else can change in a task is as large as before.
int64_t growth(const Tables&, const Altered<Task>& altered) {
  if (!altered.before || !altered.after) return row_bytes(altered.after) - row_bytes(altered.before);
  const bool assigned = altered.before->node_id.empty() && !altered.after->node_id.empty();
  return encoded_bytes(altered.after->status) - encoded_bytes(altered.before->status) + (assigned ? encoded_bytes(altered.after->node_id) : 0);
}

template <class T>
int64_t growth(const Tables&, const Altered<T>& altered) {
  return row_bytes(altered.after) - row_bytes(altered.before);
}

}  // namespace

int64_t growth_bytes(const Tables& tables, const Service& before, const Service& after) {
  const bool kept = !(after.spec.task == before.spec.task) && tables.has_tasks(before.id);
  return encoded_bytes(after) - encoded_bytes(before) + (kept ? encoded_bytes(before.spec.task) : 0);
}

int64_t growth_bytes(const Tables& tables, const Event& event) {
  return std::visit([&](const auto& altered) { return growth(tables, altered); }, event);
}

}  // namespace es::state
