#include "services/cli/tasks/task_listing.h"

#include <algorithm>
#include <map>

#include "services/cli/document.h"
#include "services/cli/human.h"
#include "services/cli/listing.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

constexpr size_t kMaxErrorCharacters = 28;  // and two quotes: 30, as Docker has it

using Names = std::map<std::string, std::string>;  // of an id

struct TaskRow {
  std::string name;
  const Json* task = nullptr;
};

Result<Names> names_of(Engine& engine, const std::string& list, const char* name,
                       const char* other_name) {
  ES_TRY(const Json objects, engine.get(list));
  Names names;
  for (const Json& object : objects) {
    const std::string first = text_at(object, name);
    names[text_at(object, "/ID")] = first.empty() ? text_at(object, other_name) : first;
  }
  return names;
}

std::string resolved(const Names& names, const std::string& id) {
  const auto found = names.find(id);
  return found == names.end() || found->second.empty() ? id : found->second;
}

std::string task_name(const Json& task, const Names& services) {
  const int64_t slot = number_at(task, "/Slot");
  const std::string place = slot != 0 ? std::to_string(slot) : text_at(task, "/NodeID");
  return resolved(services, text_at(task, "/ServiceID")) + "." + place;
}

// By name, and the newest task of a slot first.
std::vector<TaskRow> sorted_rows(const Json& tasks, const Names& services) {
  std::vector<TaskRow> rows;
  for (const Json& task : tasks) rows.push_back({task_name(task, services), &task});
  std::ranges::stable_sort(rows, [](const TaskRow& a, const TaskRow& b) {
    if (a.name != b.name) return natural_less(a.name, b.name);
    return time_at(*a.task, "/CreatedAt") > time_at(*b.task, "/CreatedAt");
  });
  return rows;
}

std::string error_cell(const Json& task, bool no_trunc) {
  const std::string error = one_line(text_at(task, "/Status/Err"));
  if (error.empty()) return {};
  return "\"" + (no_trunc ? error : ellipsis(error, kMaxErrorCharacters)) + "\"";
}

// "busybox:latest@sha256:…" -> "busybox:latest".
std::string image_cell(const Json& task, bool no_trunc) {
  const std::string image = text_at(task, "/Spec/ContainerSpec/Image");
  return no_trunc ? image : image.substr(0, image.find('@'));
}

std::string state_cell(const Json& task, WallTime now) {
  std::string since = human_duration(now - time_at(task, "/Status/Timestamp"));
  if (since[0] == 'L' || since[0] == 'A') since[0] = static_cast<char>(since[0] - 'A' + 'a');
  return capitalized(text_at(task, "/Status/State")) + " " + since + " ago";
}

}  // namespace

Status print_tasks(const Console& console, Engine& engine, const Json& tasks,
                   const ListOptions& options) {
  Names services;
  Names nodes;
  if (!options.no_resolve) {
    ES_TRY(services, names_of(engine, "/services", "/Spec/Name", "/ID"));
    ES_TRY(nodes, names_of(engine, "/nodes", "/Spec/Name", "/Description/Hostname"));
  }
  Listing listing;
  listing.columns = {{"ID", "ID"},
                     {"Name", "NAME", true, 10},
                     {"Image", "IMAGE", true, 10},
                     {"Node", "NODE", true, 6},
                     {"DesiredState", "DESIRED STATE"},
                     {"CurrentState", "CURRENT STATE"},
                     {"Error", "ERROR", true, 12},
                     {"Ports", "PORTS"}};
  std::string ids;
  std::string previous;
  for (const TaskRow& row : sorted_rows(tasks, services)) {
    const Json& task = *row.task;
    const std::string id = text_at(task, "/ID");
    const std::string shown_id = options.no_trunc ? id : short_id(id);
    ids += shown_id + "\n";
    const bool is_former =
        row.name == previous && (options.format.empty() || options.format == "table");
    previous = row.name;
    listing.rows.push_back(
        {shown_id, is_former ? " \\_ " + row.name : row.name, image_cell(task, options.no_trunc),
         resolved(nodes, text_at(task, "/NodeID")), capitalized(text_at(task, "/DesiredState")),
         state_cell(task, console.now()), error_cell(task, options.no_trunc), ""});
  }
  if (options.quiet && options.format.empty()) {
    console.out(ids);
    return {};
  }
  return listing.print(console, options.format);
}

}  // namespace es::cli
