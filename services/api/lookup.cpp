#include "services/api/lookup.h"

#include <vector>

namespace es::api {

namespace {

Error ambiguous(const std::string& kind, const std::string& text, size_t count) {
  return invalid(kind + " " + text + " is ambiguous (" + std::to_string(count) + " matches found)");
}

template <class T>
Result<state::Ref<T>> only(const std::string& kind, const std::string& text, std::vector<state::Ref<T>> found) {
  if (found.empty()) return not_found(kind + " " + text.substr(0, 128) + " not found");
  if (found.size() > 1) return ambiguous(kind, text, found.size());
  return std::move(found.front());
}

// Ids are of one length, so the order of their texts is that of their numbers.
template <class T>
std::vector<state::Ref<T>> with_prefix(const state::Rows<T>& rows, const std::string& prefix) {
  std::vector<state::Ref<T>> found;
  if (prefix.empty() || prefix.size() > kIdLength) return found;
  const auto first = decltype(T::id)::parse(prefix + std::string(kIdLength - prefix.size(), '0'));
  if (!first) return found;
  for (auto row = rows.lower_bound(*first); row != rows.end(); ++row) {
    if (!row->first.to_string().starts_with(prefix)) break;
    found.push_back(row->second);
  }
  return found;
}

template <class T>
state::Ref<T> with_id(const state::Rows<T>& rows, const std::string& text) {
  const auto id = decltype(T::id)::parse(text);
  return id ? state::find_row<T>(rows, *id) : nullptr;
}

}  // namespace

Result<state::Ref<Node>> find_node(const state::Tables& tables, const std::string& text) {
  if (auto node = with_id<Node>(tables.rows<Node>(), text)) return node;
  auto named = tables.nodes_named(text);
  if (!named.empty()) return only("node", text, std::move(named));
  return only("node", text, with_prefix<Node>(tables.rows<Node>(), text));
}

Result<state::Ref<Service>> find_service(const state::Tables& tables, const std::string& text) {
  if (auto service = with_id<Service>(tables.rows<Service>(), text)) return service;
  if (auto service = tables.service_by_name(text)) return service;
  return only("service", text, with_prefix<Service>(tables.rows<Service>(), text));
}

Result<state::Ref<Task>> find_task(const state::Tables& tables, const std::string& text) {
  if (auto task = with_id<Task>(tables.rows<Task>(), text)) return task;
  return only("task", text, with_prefix<Task>(tables.rows<Task>(), text));
}

std::string task_name(const Task& task) {
  const std::string part = task.slot != 0 ? std::to_string(task.slot) : task.node_id.to_string();
  return task.service_name + "." + part;
}

}  // namespace es::api
