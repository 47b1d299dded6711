#include "services/cli/logs/task_prefix.h"

#include "services/cli/document.h"
#include "services/cli/human.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

constexpr const char* kTaskDetail = "com.docker.swarm.task.id";
constexpr const char* kNodeDetail = "com.docker.swarm.node.id";
constexpr const char* kServiceDetail = "com.docker.swarm.service.id";

}  // namespace

std::string TaskPrefix::of(const LogLine& line) {
  const std::string task = line.detail(kTaskDetail);
  const auto found = known_.find(task);
  if (found != known_.end()) return found->second;
  return known_.emplace(task, make(line)).first->second;
}

std::string TaskPrefix::name_at(const std::string& path, const char* pointer,
                                const char* other_pointer) {
  const auto object = engine_.get(path);
  if (!object.ok()) return {};
  const std::string name = text_at(*object, pointer);
  return name.empty() ? text_at(*object, other_pointer) : name;
}

std::string TaskPrefix::make(const LogLine& line) {
  const std::string task_id = line.detail(kTaskDetail);
  std::string service = line.detail(kServiceDetail);
  std::string node = line.detail(kNodeDetail);
  std::string slot = "0";
  if (!options_.no_resolve) {
    const std::string service_name =
        name_at("/services/" + path_part(service), "/Spec/Name", "/ID");
    const std::string node_name =
        name_at("/nodes/" + path_part(node), "/Spec/Name", "/Description/Hostname");
    if (!service_name.empty()) service = service_name;
    if (!node_name.empty()) node = node_name;
  }
  if (const auto task = engine_.get("/tasks/" + path_part(task_id)); task.ok())
    slot = std::to_string(number_at(*task, "/Slot"));
  std::string prefix = service + "." + slot;
  if (!options_.no_task_ids) prefix += "." + (options_.no_trunc ? task_id : short_id(task_id));
  prefix += "@" + node;
  if (slot.size() < slot_width_) prefix.append(slot_width_ - slot.size(), ' ');
  return one_line(prefix) + "    | ";
}

}  // namespace es::cli
