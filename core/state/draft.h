#pragma once
// Draft: a scratch layer over the tables. Reads see its own pending writes; take_actions() turns
// them into the actions of a change. One draft carries a command and all that follows from it
// (tasks made, nodes chosen), so that it becomes one proposal and one sync.
//
// Writing what is there already is no write: a draft whose objects all equal the tables' has no
// actions.

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/state/change.h"
#include "core/state/rows.h"
#include "core/state/tables.h"

namespace es::state {

class Draft {
 public:
  // `base` must outlive the draft and not change under it.
  explicit Draft(const Tables& base) : base_(base) {}

  const Tables& base() const { return base_; }

  Ref<Cluster> cluster() const;
  Ref<Node> node(NodeId id) const { return find<Node>(id); }
  Ref<Service> service(ServiceId id) const { return find<Service>(id); }
  Ref<Task> task(TaskId id) const { return find<Task>(id); }

  Ref<Service> service_by_name(std::string_view name) const;
  std::vector<Ref<Node>> nodes() const { return all<Node>(); }           // by id
  std::vector<Ref<Service>> services() const { return all<Service>(); }  // by id
  std::vector<Ref<Task>> tasks() const { return all<Task>(); }           // by id
  std::vector<Ref<Task>> tasks_of_service(ServiceId id) const;           // by slot, then id
  std::vector<Ref<Task>> tasks_of_node(NodeId id) const;                 // by id

  // A new object has meta.version 0; a changed one keeps the version that it was read with.
  template <class T>
  void put(T object) {
    const auto id = object.id;
    std::get<Rows<T>>(pending_)[id] = std::make_shared<const T>(std::move(object));
  }
  void remove(NodeId id) { remove_row<Node>(id); }
  void remove(ServiceId id) { remove_row<Service>(id); }
  void remove(TaskId id) { remove_row<Task>(id); }

  // All pending writes, in an order in which each finds what it needs. The draft is empty
  // afterwards.
  std::vector<Action> take_actions();

 private:
  friend class Tables;

  template <class T>
  const Rows<T>& pending() const {
    return std::get<Rows<T>>(pending_);
  }
  template <class T>
  Ref<T> find(const decltype(T::id)& id) const {
    const auto it = pending<T>().find(id);
    return it != pending<T>().end() ? it->second : find_row<T>(base_.rows<T>(), id);
  }
  template <class T>
  std::vector<Ref<T>> all() const;
  template <class T>
  void remove_row(const decltype(T::id)& id) {
    std::get<Rows<T>>(pending_)[id] = nullptr;
  }
  template <class T>
  void take_puts(std::vector<Action>& actions) const;
  template <class T>
  void take_removals(std::vector<Action>& actions) const;

  const Tables& base_;
  AllRows pending_;  // an empty Ref: removed
};

}  // namespace es::state
