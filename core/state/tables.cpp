#include "core/state/tables.h"

#include <limits>

namespace es::state {

Ref<Cluster> Tables::cluster() const {
  const auto& clusters = rows<Cluster>();
  return clusters.empty() ? nullptr : clusters.begin()->second;
}

Ref<Service> Tables::service_by_name(std::string_view name) const {
  const auto it = service_names_.find(name);
  return it == service_names_.end() ? nullptr : service(it->second);
}

std::vector<Ref<Task>> Tables::tasks_of_service(ServiceId id) const {
  std::vector<Ref<Task>> found;
  for (auto it = tasks_by_slot_.lower_bound({id, 0, TaskId()});
       it != tasks_by_slot_.end() && std::get<ServiceId>(*it) == id; ++it) {
    found.push_back(task(std::get<TaskId>(*it)));
  }
  return found;
}

bool Tables::has_tasks(ServiceId id) const {
  const auto it = tasks_by_slot_.lower_bound({id, 0, TaskId()});
  return it != tasks_by_slot_.end() && std::get<ServiceId>(*it) == id;
}

std::vector<Ref<Task>> Tables::tasks_of_slot(ServiceId id, uint64_t slot) const {
  std::vector<Ref<Task>> found;
  for (auto it = tasks_by_slot_.lower_bound({id, slot, TaskId()});
       it != tasks_by_slot_.end() && std::get<ServiceId>(*it) == id &&
       std::get<uint64_t>(*it) == slot;
       ++it) {
    found.push_back(task(std::get<TaskId>(*it)));
  }
  return found;
}

std::vector<Ref<Task>> Tables::tasks_of_node(NodeId id) const {
  std::vector<Ref<Task>> found;
  for (auto it = tasks_by_node_.lower_bound({id, TaskId()});
       it != tasks_by_node_.end() && it->first == id; ++it) {
    found.push_back(task(it->second));
  }
  return found;
}

std::vector<Ref<Node>> Tables::nodes_named(std::string_view name) const {
  std::vector<Ref<Node>> found;
  for (const auto& [id, node] : rows<Node>()) {
    if (node->spec.name == name || node->description.hostname == name) found.push_back(node);
  }
  return found;
}

void Tables::put_row(Ref<Cluster> cluster) {
  std::get<Rows<Cluster>>(rows_)[cluster->id] = std::move(cluster);
}

void Tables::put_row(Ref<Node> node) { std::get<Rows<Node>>(rows_)[node->id] = std::move(node); }

void Tables::put_row(Ref<Service> service) {
  service_names_.insert_or_assign(service->spec.name, service->id);
  std::get<Rows<Service>>(rows_)[service->id] = std::move(service);
}

void Tables::put_row(Ref<Task> task) {
  tasks_by_slot_.insert({task->service_id, task->slot, task->id});
  if (!task->node_id.empty()) tasks_by_node_.insert({task->node_id, task->id});
  std::get<Rows<Task>>(rows_)[task->id] = std::move(task);
}

void Tables::erase_row(const Cluster& cluster) { std::get<Rows<Cluster>>(rows_).erase(cluster.id); }

void Tables::erase_row(const Node& node) { std::get<Rows<Node>>(rows_).erase(node.id); }

void Tables::erase_row(const Service& service) {
  service_names_.erase(service.spec.name);
  std::get<Rows<Service>>(rows_).erase(service.id);
}

void Tables::erase_row(const Task& task) {
  tasks_by_slot_.erase({task.service_id, task.slot, task.id});
  tasks_by_node_.erase({task.node_id, task.id});
  std::get<Rows<Task>>(rows_).erase(task.id);
}

}  // namespace es::state
