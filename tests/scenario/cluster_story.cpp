#include "tests/scenario/cluster_story.h"

#include <array>
#include <memory>

#include "tests/scenario/cluster_spec.h"
#include "tests/scenario/cluster_values.h"

namespace es::scenario {

using orchestrator::Command;

Verdict run_cluster_file(const std::string& path) {
  const auto story = std::make_shared<ClusterStory>();
  return run_file(path, [story](Line& line) { return story->run(line); });
}

Status ClusterStory::run(Line& line) {
  struct Handler {
    std::string_view command;
    Status (ClusterStory::*handle)(Line&);
  };
  constexpr std::array kHandlers = {
      Handler{"managers", &ClusterStory::managers},
      Handler{"node", &ClusterStory::node},
      Handler{"service", &ClusterStory::service},
      Handler{"update", &ClusterStory::update},
      Handler{"scale", &ClusterStory::scale},
      Handler{"rollback", &ClusterStory::rollback},
      Handler{"remove", &ClusterStory::remove},
      Handler{"force-update", &ClusterStory::force_update},
      Handler{"set", &ClusterStory::set},
      Handler{"remove-node", &ClusterStory::remove_node},
      Handler{"runtime", &ClusterStory::runtime},
      Handler{"down", &ClusterStory::down},
      Handler{"up", &ClusterStory::up},
      Handler{"reboot", &ClusterStory::reboot},
      Handler{"cut", &ClusterStory::cut},
      Handler{"heal", &ClusterStory::heal},
      Handler{"readdress", &ClusterStory::readdress},
      Handler{"gossip-blocked", &ClusterStory::gossip_blocked},
      Handler{"kill", &ClusterStory::kill},
      Handler{"leader-down", &ClusterStory::leader_down},
      Handler{"manager-up", &ClusterStory::manager_up},
      Handler{"run", &ClusterStory::run_time},
      Handler{"mark", &ClusterStory::mark},
      Handler{"expect", &ClusterStory::expect},
      Handler{"expect-sound", &ClusterStory::expect_sound},
  };
  for (const Handler& handler : kHandlers) {
    if (handler.command == line.command()) return (this->*handler.handle)(line);
  }
  return invalid("there is no command '" + line.command() + "'");
}

Status ClusterStory::carry_out(Line& line, const std::function<Result<Command>()>& make) {
  ES_TRY(const auto expected, line.option("expect"));
  if (expected && *expected != "refused")
    return invalid("'expect=" + *expected + "' is not 'expect=refused'");
  ES_CHECK(line.finish());
  // What makes no sense as a scenario is no refusal by the cluster; what the command line refuses is one.
  const Result<Command> first = make();
  if (!first.ok() && first.error().code != Errc::kPrecondition) return first.error();
  const Status outcome = first.ok() ? world_.command(make) : Status(first.error());
  if (!expected)
    return outcome.ok() ? Status()
                        : invalid("expected it to be accepted, saw: " + outcome.error().message);
  return outcome.ok() ? invalid("expected it to be refused, saw it accepted") : Status();
}

Status ClusterStory::managers(Line& line) {
  ES_TRY(const std::string text, line.word("how many"));
  ES_TRY(const uint64_t count, parse_number(text));
  ES_CHECK(line.finish());
  return world_.set_managers(count);
}

Status ClusterStory::node(Line& line) {
  ES_TRY(const std::string name, line.word("a name"));
  ES_TRY(const NodeDescription description, take_description(line));
  NodeSpec spec;
  ES_CHECK(take_node_options(line, spec));
  ES_TRY(const auto ip, line.option("ip"));
  ES_TRY(const auto state, line.option("state"));
  if (state && *state != "down" && *state != "ready")
    return invalid("'state=" + *state + "' is neither down nor ready");
  ES_CHECK(line.finish());
  return world_.add_node(name, description, spec, ip.value_or(""),
                         state.value_or("ready") == "ready");
}

Status ClusterStory::service(Line& line) {
  ServiceSpec spec;
  ES_TRY(spec.name, line.word("a name"));
  spec.task.container.image = "v1";
  spec.mode.replicated = ReplicatedMode{1};
  ES_CHECK(take_service_options(line, spec));
  return carry_out(line,
                   [&]() -> Result<Command> { return Command(orchestrator::CreateService{spec}); });
}

Status ClusterStory::change_service(Line& line, const std::string& name,
                                    const std::function<Status(ServiceSpec&)>& edit) {
  // Once, to see that the line makes sense; then again for every attempt.
  ES_TRY(const state::Ref<Service> known, world_.service(name));
  ServiceSpec tried = known->spec;
  const Line as_given = line;
  if (const Status edited = edit(tried); !edited.ok() && edited.error().code != Errc::kPrecondition) return edited;
  return carry_out(line, [&, as_given]() -> Result<Command> {
    ES_TRY(const state::Ref<Service> current, world_.service(name));
    ServiceSpec spec = current->spec;
    line = as_given;
    ES_CHECK(edit(spec));
    return Command(
        orchestrator::UpdateService{current->id, current->meta.version, std::move(spec)});
  });
}

Status ClusterStory::update(Line& line) {
  ES_TRY(const std::string name, line.word("a service"));
  return change_service(line, name,
                        [&](ServiceSpec& spec) { return take_service_options(line, spec); });
}

Status ClusterStory::scale(Line& line) {
  ES_TRY(const std::string name, line.word("a service"));
  ES_TRY(const std::string text, line.word("a number of replicas"));
  ES_TRY(const uint64_t replicas, parse_number(text));
  return change_service(line, name, [replicas](ServiceSpec& spec) -> Status {
    if (spec.mode.replicated_job) {
      spec.mode.replicated_job->total_completions = replicas;
      return {};
    }
    if (!spec.mode.replicated) return Error{Errc::kPrecondition, "scale can only be used with replicated or replicated-job mode"};
    spec.mode.replicated->replicas = replicas;
    return {};
  });
}

Status ClusterStory::force_update(Line& line) {
  ES_TRY(const std::string name, line.word("a service"));
  return change_service(line, name, [](ServiceSpec& spec) -> Status {
    ++spec.task.force_update;
    return {};
  });
}

Status ClusterStory::rollback(Line& line) {
  ES_TRY(const std::string name, line.word("a service"));
  return carry_out(line, [&]() -> Result<Command> {
    ES_TRY(const state::Ref<Service> current, world_.service(name));
    return Command(orchestrator::UpdateService{current->id, current->meta.version, {}, true});
  });
}

Status ClusterStory::remove(Line& line) {
  ES_TRY(const std::string name, line.word("a service"));
  return carry_out(line, [&]() -> Result<Command> {
    ES_TRY(const state::Ref<Service> current, world_.service(name));
    return Command(orchestrator::RemoveService{current->id});
  });
}

Status ClusterStory::set(Line& line) {
  ES_TRY(const std::string name, line.word("a node"));
  ES_TRY(const state::Ref<Node> known, world_.node(name));
  const Line as_given = line;
  NodeSpec tried = known->spec;
  ES_CHECK(take_node_options(line, tried));
  return carry_out(line, [&, as_given]() -> Result<Command> {
    ES_TRY(const state::Ref<Node> current, world_.node(name));
    NodeSpec spec = current->spec;
    Line options = as_given;
    ES_CHECK(take_node_options(options, spec));
    return Command(orchestrator::UpdateNode{current->id, current->meta.version, std::move(spec)});
  });
}

Status ClusterStory::remove_node(Line& line) {
  ES_TRY(const std::string name, line.word("a node"));
  const auto flag = line.optional_word();
  if (flag && *flag != "force") return invalid("'" + *flag + "' is not 'force'");
  return carry_out(line, [&]() -> Result<Command> {
    ES_TRY(const state::Ref<Node> current, world_.node(name));
    return Command(orchestrator::RemoveNode{current->id, flag.has_value()});
  });
}

Status ClusterStory::runtime(Line& line) {
  ES_TRY(const auto image, line.option("image"));
  if (!image) return invalid("'runtime' needs image=");
  sim::Behaviour behaviour;
  ES_TRY(const auto starts, line.option("starts"));
  if (starts && *starts == "never") {
    behaviour.starts_after.reset();
  } else if (starts) {
    ES_TRY(behaviour.starts_after, parse_duration(*starts));
  }
  if (!line.options("healthy").empty()) return not_yet("healthy");
  ES_TRY(const auto exits, line.option("exits"));
  ES_TRY(const auto after, line.option("after"));
  if (exits) {
    ES_TRY(const uint64_t code, parse_number(*exits));
    behaviour.exits_with = static_cast<int64_t>(code);
  }
  if (after) {
    ES_TRY(behaviour.exits_after, parse_duration(*after));
  }
  ES_TRY(const auto rejects, line.option("rejects"));
  behaviour.rejects = rejects.value_or("");
  ES_TRY(const auto every, line.option("every"));
  if (every) {
    ES_TRY(behaviour.every, parse_number(*every));
    if (behaviour.every == 0) return invalid("'every=0' would be no task at all");
  }
  ES_CHECK(line.finish());
  world_.script().by_image[*image] = behaviour;
  world_.script().prepared[*image] = 0;
  return {};
}

Status ClusterStory::down(Line& line) {
  ES_TRY(const std::string name, line.word("a node"));
  ES_TRY(sim::Board * board, world_.board(name));
  ES_CHECK(line.finish());
  world_.power_off(*board);
  return {};
}

Status ClusterStory::up(Line& line) {
  ES_TRY(const std::string name, line.word("a node"));
  ES_TRY(sim::Board * board, world_.board(name));
  ES_CHECK(line.finish());
  if (board->is_up()) return invalid("'" + name + "' is up already");
  world_.power_on(*board);
  return {};
}

Status ClusterStory::reboot(Line& line) {
  ES_TRY(const std::string name, line.word("a node"));
  ES_TRY(sim::Board * board, world_.board(name));
  ES_CHECK(line.finish());
  world_.power_off(*board);
  world_.power_on(*board);
  return {};
}

Status ClusterStory::cut(Line& line) {
  ES_TRY(const std::string name, line.word("a node"));
  ES_TRY(sim::Board * board, world_.board(name));
  ES_CHECK(line.finish());
  world_.cut(*board);
  return {};
}

Status ClusterStory::heal(Line& line) {
  ES_CHECK(line.finish());
  world_.heal();
  return {};
}

// A board that has power is restarted with its new lease; one that is off has it when it comes back.
Status ClusterStory::readdress(Line& line) {
  ES_TRY(const std::string name, line.word("a node"));
  ES_TRY(sim::Board * board, world_.board(name));
  ES_TRY(const std::optional<std::string> ip, line.option("ip"));
  if (!ip) return invalid("readdress needs 'ip='");
  ES_CHECK(line.finish());
  const bool is_on = board->is_up();
  if (is_on) world_.power_off(*board);
  board->move(*ip);
  if (is_on) world_.power_on(*board);
  return {};
}

Status ClusterStory::gossip_blocked(Line& line) {
  ES_TRY(const std::string name, line.word("a node"));
  ES_TRY(sim::Board * board, world_.board(name));
  ES_CHECK(line.finish());
  world_.block_gossip(*board);
  return {};
}

Status ClusterStory::kill(Line& line) {
  ES_TRY(const std::string which, line.word("a task, as web.1 or its id"));
  ES_TRY(const auto text, line.option("code"));
  ES_TRY(const uint64_t code, parse_number(text.value_or("137")));
  ES_CHECK(line.finish());
  if (const auto id = TaskId::parse(which))
    return world_.kill_container(*id, static_cast<int64_t>(code));
  ES_TRY(const auto tasks, world_.tasks_of_place(which));
  for (const state::Ref<Task>& task : tasks) {
    if (task->status.state == TaskState::kRunning)
      return world_.kill_container(task->id, static_cast<int64_t>(code));
  }
  return invalid("nothing runs in " + which);
}

Status ClusterStory::leader_down(Line& line) {
  ES_CHECK(line.finish());
  return world_.take_leader_down();
}

Status ClusterStory::manager_up(Line& line) {
  ES_CHECK(line.finish());
  return world_.bring_managers_up();
}

Status ClusterStory::run_time(Line& line) {
  ES_TRY(const std::string text, line.word("a duration"));
  ES_TRY(const Duration time, parse_duration(text));
  ES_CHECK(line.finish());
  world_.run(time);
  return {};
}

Status ClusterStory::mark(Line& line) {
  ES_CHECK(line.finish());
  world_.mark();
  return {};
}

}  // namespace es::scenario
