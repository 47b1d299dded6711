#pragma once
// Tables: the replicated state of a cluster. They change by apply() only, in the order of the Raft
// log, and the same changes give the same bytes on every manager. Owned by the node; read by
// everything that decides.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/state/change.h"
#include "core/state/event.h"
#include "core/state/rows.h"

namespace es::state {

class Draft;

// What became of a change.
struct Applied {
  std::optional<Error> refused;  // then nothing changed
  std::vector<Event> events;
};

class Tables {
 public:
  // Empty until the cluster was made.
  Ref<Cluster> cluster() const;
  Ref<Node> node(NodeId id) const { return find_row<Node>(rows<Node>(), id); }
  Ref<Service> service(ServiceId id) const { return find_row<Service>(rows<Service>(), id); }
  Ref<Task> task(TaskId id) const { return find_row<Task>(rows<Task>(), id); }

  template <class T>
  const Rows<T>& rows() const {
    return std::get<Rows<T>>(rows_);
  }

  Ref<Service> service_by_name(std::string_view name) const;
  std::vector<Ref<Task>> tasks_of_service(ServiceId id) const;              // by slot, then id
  bool has_tasks(ServiceId id) const;
  std::vector<Ref<Task>> tasks_of_slot(ServiceId id, uint64_t slot) const;  // by id
  std::vector<Ref<Task>> tasks_of_node(NodeId id) const;                    // by id
  // By name or host name, which need not be unique.
  std::vector<Ref<Node>> nodes_named(std::string_view name) const;

  // The last change or no-op applied; versions are such indexes.
  uint64_t index() const { return index_; }
  // A hash over the ids of all changes that led here, in order: tables of one index with another history went another way. 0: not known,
  // as in tables that an older version began.
  uint64_t history() const { return history_; }

  // Pre: index > this->index(). A refusal is the same on every replica:
  //   kOutOfSequence  a version is not the current one, or the object is gone
  //   kConflict       the id exists already, or the name of a service or node is taken
  //   kLimit          too many actions
  Applied apply(uint64_t index, const Change& change);

  // The same state gives the same bytes.
  std::string snapshot() const;
  // Replaces everything. Errors: kCorrupt; then nothing changed.
  Status restore(std::string_view bytes);

 private:
  void put_row(Ref<Cluster> cluster);
  void put_row(Ref<Node> node);
  void put_row(Ref<Service> service);
  void put_row(Ref<Task> task);
  void erase_row(const Cluster& cluster);
  void erase_row(const Node& node);
  void erase_row(const Service& service);
  void erase_row(const Task& task);
  template <class T>
  void commit(const Draft& staged, uint64_t index, WallTime at, std::vector<Event>& events);
  void raise_time_floor(WallTime at);
  void extend_history(uint64_t index, const Change& change);

  AllRows rows_;
  std::map<std::string, ServiceId, std::less<>> service_names_;
  std::set<std::tuple<ServiceId, uint64_t, TaskId>> tasks_by_slot_;
  std::set<std::pair<NodeId, TaskId>> tasks_by_node_;  // those that have a node
  uint64_t index_ = 0;
  uint64_t history_ = 0;
};

}  // namespace es::state
