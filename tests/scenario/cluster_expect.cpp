#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "core/orchestrator/slot.h"
#include "core/state/reservations.h"
#include "tests/scenario/cluster_story.h"
#include "tests/scenario/cluster_values.h"

namespace es::scenario {

namespace {

using state::Ref;
using Tasks = std::vector<Ref<Task>>;

bool is_wanted(const Task& task) { return task.desired_state <= TaskState::kComplete; }

bool runs(const Task& task) { return task.status.state == TaskState::kRunning && is_wanted(task); }

uint64_t count(const Tasks& tasks, const std::function<bool(const Task&)>& matches) {
  return static_cast<uint64_t>(std::count_if(
      tasks.begin(), tasks.end(), [&](const Ref<Task>& task) { return matches(*task); }));
}

// What a person needs to see why: the tasks that are wanted, and the last words of those that
// ended.
std::string listing(ClusterWorld& world, const Tasks& tasks) {
  constexpr size_t kMost = 12;
  std::string text;
  for (size_t i = 0; i < tasks.size() && i < kMost; ++i) {
    const Task& task = *tasks[i];
    text += (i == 0 ? "" : ", ") + task.service_name + "." + std::to_string(task.slot) + " " +
            std::string(to_string(task.status.state)) + "/" +
            std::string(to_string(task.desired_state)) + " on " + world.node_name(task.node_id);
    if (!task.status.err.empty()) text += " (" + task.status.err + ")";
  }
  if (tasks.size() > kMost) text += ", and " + std::to_string(tasks.size() - kMost) + " more";
  return tasks.empty() ? "no tasks" : text;
}

Status compare(const std::string& what, const std::string& expected, const std::string& seen) {
  if (expected == seen) return {};
  return invalid("expected " + what + "=" + expected + ", saw " + what + "=" + seen);
}

Status with_listing(Status status, ClusterWorld& world, const Tasks& tasks) {
  if (status.ok()) return status;
  return invalid(status.error().message + " [" + listing(world, tasks) + "]");
}

// Takes KEY=NUMBER out of the line and compares it, if it is there.
Status expect_number(Line& line, const std::string& key, uint64_t seen) {
  ES_TRY(const auto text, line.option(key));
  if (!text) return {};
  ES_TRY(const uint64_t expected, parse_number(*text));
  return compare(key, std::to_string(expected), std::to_string(seen));
}

Status expect_name(Line& line, const std::string& key, const std::string& seen) {
  ES_TRY(const auto expected, line.option(key));
  return expected ? compare(key, *expected, seen) : Status();
}

template <NamedEnum E>
Status expect_enum(Line& line, const std::string& key, E seen) {
  ES_TRY(const auto text, line.option(key));
  if (!text) return {};
  E expected{};
  if (!from_string(*text, expected))
    return invalid("'" + key + "=" + *text + "' is not one of its values");
  return compare(key, *text, std::string(to_string(seen)));
}

std::string update_name(const Service& service) {
  const bool none = !service.update_status || service.update_status->state == UpdateState::kNone;
  return none ? "none" : std::string(to_string(service.update_status->state));
}

}  // namespace

Status ClusterStory::expect(Line& line) {
  struct Handler {
    std::string_view what;
    Status (ClusterStory::*handle)(Line&);
  };
  constexpr std::array kHandlers = {
      Handler{"service", &ClusterStory::expect_service},
      Handler{"placement", &ClusterStory::expect_placement},
      Handler{"spread", &ClusterStory::expect_spread},
      Handler{"slots", &ClusterStory::expect_slots},
      Handler{"task", &ClusterStory::expect_task},
      Handler{"node", &ClusterStory::expect_node},
      Handler{"history", &ClusterStory::expect_history},
      Handler{"moved", &ClusterStory::expect_moved},
  };
  ES_TRY(const std::string what, line.word("what to look at"));
  for (const Handler& handler : kHandlers) {
    if (handler.what == what) return (this->*handler.handle)(line);
  }
  return invalid("'expect' does not know '" + what + "'");
}

Status ClusterStory::expect_service(Line& line) {
  ES_TRY(const std::string name, line.word("a service"));
  ES_TRY(const Ref<Service> service, world_.service(name));
  const Tasks tasks = (*world_.tables())->tasks_of_service(service->id);
  const auto in_state = [&](TaskState state) {
    return count(tasks, [state](const Task& task) { return task.status.state == state; });
  };
  const auto check = [&]() -> Status {
    ES_CHECK(expect_number(line, "running", count(tasks, runs)));
    // By slot: while a slot is updated start-first two tasks are wanted in it.
    std::set<orchestrator::SlotKey> wanted;
    for (const Ref<Task>& task : tasks) {
      if (is_wanted(*task)) wanted.insert(orchestrator::slot_of(*service, *task));
    }
    ES_CHECK(expect_number(line, "desired", wanted.size()));
    ES_CHECK(expect_number(line, "pending", count(tasks, [](const Task& task) {
                             return task.status.state <= TaskState::kPending && is_wanted(task);
                           })));
    ES_CHECK(expect_number(line, "failed", in_state(TaskState::kFailed)));
    ES_CHECK(expect_number(line, "complete", in_state(TaskState::kComplete)));
    ES_CHECK(expect_name(line, "update", update_name(*service)));
    for (const auto& [image, text] : line.options_below("image.")) {
      ES_TRY(const uint64_t expected, parse_number(text));
      const uint64_t seen = count(tasks, [&image = image](const Task& task) {
        return runs(task) && task.spec.container.image == image;
      });
      ES_CHECK(compare("image." + image, std::to_string(expected), std::to_string(seen)));
    }
    return line.finish();
  };
  return with_listing(check(), world_, tasks);
}

Status ClusterStory::expect_placement(Line& line) {
  ES_TRY(const std::string name, line.word("a service"));
  ES_TRY(const Ref<Service> service, world_.service(name));
  const Tasks tasks = (*world_.tables())->tasks_of_service(service->id);
  const auto check = [&]() -> Status {
    for (const auto& [id, node] : (*world_.tables())->rows<Node>()) {
      const uint64_t seen =
          count(tasks, [&id = id](const Task& task) { return runs(task) && task.node_id == id; });
      ES_CHECK(expect_number(line, node->description.hostname, seen));
    }
    return line.finish();
  };
  return with_listing(check(), world_, tasks);
}

Status ClusterStory::expect_spread(Line& line) {
  ES_TRY(const std::string name, line.word("a service"));
  ES_TRY(const Ref<Service> service, world_.service(name));
  const Tasks tasks = (*world_.tables())->tasks_of_service(service->id);
  ES_TRY(const auto nodes, line.option("nodes"));
  if (!nodes) return invalid("'expect spread' needs nodes=");
  ES_TRY(const auto min_text, line.option("min"));
  ES_TRY(const auto max_text, line.option("max"));
  const auto check = [&]() -> Status {
    uint64_t total = 0;
    for (const std::string& node_name : split(*nodes, ',')) {
      ES_TRY(const Ref<Node> node, world_.node(node_name));
      const uint64_t seen =
          count(tasks, [&](const Task& task) { return runs(task) && task.node_id == node->id; });
      total += seen;
      const std::string saw = ", saw " + std::to_string(seen) + " on " + node_name;
      if (min_text) {
        ES_TRY(const uint64_t min, parse_number(*min_text));
        if (seen < min) return invalid("expected at least " + *min_text + saw);
      }
      if (max_text) {
        ES_TRY(const uint64_t max, parse_number(*max_text));
        if (seen > max) return invalid("expected at most " + *max_text + saw);
      }
    }
    ES_CHECK(expect_number(line, "total", total));
    return line.finish();
  };
  return with_listing(check(), world_, tasks);
}

Status ClusterStory::expect_slots(Line& line) {
  ES_TRY(const std::string name, line.word("a service"));
  const std::string text = line.optional_word().value_or("");
  ES_CHECK(line.finish());
  ES_TRY(const std::vector<uint64_t> listed, parse_numbers(text));
  ES_TRY(const Ref<Service> service, world_.service(name));
  const Tasks tasks = (*world_.tables())->tasks_of_service(service->id);
  std::set<uint64_t> slots;
  for (const Ref<Task>& task : tasks) {
    if (is_wanted(*task)) slots.insert(task->slot);
  }
  if (slots == std::set<uint64_t>(listed.begin(), listed.end())) return {};
  std::string seen;
  for (const uint64_t slot : slots) seen += (seen.empty() ? "" : ",") + std::to_string(slot);
  return with_listing(invalid("expected slots " + text + ", saw " + (seen.empty() ? "none" : seen)),
                      world_, tasks);
}

Status ClusterStory::expect_task(Line& line) {
  ES_TRY(const std::string place, line.word("a task, as web.1 or web@n1"));
  ES_TRY(const Tasks tasks, world_.tasks_of_place(place));
  if (tasks.empty()) return invalid("there is no task in " + place);
  const Task& task = *tasks.front();
  const auto check = [&]() -> Status {
    ES_CHECK(expect_enum(line, "state", task.status.state));
    ES_CHECK(expect_enum(line, "desired", task.desired_state));
    ES_CHECK(expect_name(line, "node", world_.node_name(task.node_id)));
    ES_TRY(const auto error, line.option("error"));
    // A part of the sentence is enough; no error at all must be meant.
    const bool as_expected =
        !error || (error->empty() ? task.status.err.empty()
                                  : task.status.err.find(*error) != std::string::npos);
    if (!as_expected) ES_CHECK(compare("error", *error, task.status.err));
    return line.finish();
  };
  return with_listing(check(), world_, tasks);
}

Status ClusterStory::expect_node(Line& line) {
  ES_TRY(const std::string name, line.word("a node"));
  ES_TRY(const Ref<Node> node, world_.node(name));
  ES_CHECK(expect_enum(line, "state", world_.node_state(node->id)));
  ES_CHECK(expect_enum(line, "availability", node->spec.availability));
  ES_CHECK(expect_enum(line, "role", node->spec.role));
  const Resources taken = state::reserved(state::Draft(**world_.tables()), node->id);
  ES_TRY(const auto cpus, line.option("reserved.cpus"));
  if (cpus) {
    ES_TRY(const int64_t expected, parse_decimal(*cpus, 1'000'000'000));
    if (expected != taken.cpu_nano)
      return compare("reserved.cpus", *cpus, std::to_string(taken.cpu_nano) + " nano");
  }
  ES_TRY(const auto memory, line.option("reserved.memory"));
  if (memory) {
    ES_TRY(const int64_t expected, parse_size(*memory));
    if (expected != taken.memory_bytes)
      return compare("reserved.memory", *memory, std::to_string(taken.memory_bytes) + " bytes");
  }
  return line.finish();
}

Status ClusterStory::expect_history(Line& line) {
  ES_TRY(const std::string place, line.word("a slot, as web.1 or web@n1"));
  ES_TRY(const std::string text, line.word("a number of tasks"));
  ES_TRY(const uint64_t expected, parse_number(text));
  ES_CHECK(line.finish());
  ES_TRY(const Tasks tasks, world_.tasks_of_place(place));
  return with_listing(compare("history", std::to_string(expected), std::to_string(tasks.size())),
                      world_, tasks);
}

Status ClusterStory::expect_moved(Line& line) {
  ES_TRY(const std::string name, line.word("a service"));
  ES_TRY(const std::string text, line.word("a number of containers"));
  ES_TRY(const uint64_t expected, parse_number(text));
  ES_CHECK(line.finish());
  return compare("moved", std::to_string(expected),
                 std::to_string(world_.started_since_mark(name)));
}

Status ClusterStory::expect_sound(Line& line) {
  ES_CHECK(line.finish());
  const std::string unsound = world_.unsoundness();
  return unsound.empty() ? Status() : invalid("expected a sound cluster, saw: " + unsound);
}

}  // namespace es::scenario
