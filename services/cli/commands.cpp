#include "services/cli/commands.h"

#include <array>

#include "services/cli/commands/all.h"

namespace es::cli {

namespace {

constexpr std::array kCommands{
    Command{"init", "", "[OPTIONS]", "Make this node the first manager of a new cluster", init},
    Command{"join", "", "[OPTIONS] TOKEN [HOST:PORT...]", "Make this node a member of a cluster",
            join},
    Command{"join-token", "", "[OPTIONS] worker|manager", "Show how other nodes join", join_token},
    Command{"leave", "", "[OPTIONS]", "Take this node out of its cluster", leave},
    Command{"info", "", "[OPTIONS]", "Show what this node is and has", info},
    Command{"version", "", "[OPTIONS]", "Show the versions of client and daemon", version},
    Command{"node ls", "node list", "[OPTIONS]", "List the nodes", node_ls},
    Command{"node ps", "", "[OPTIONS] [NODE...]", "List the tasks of nodes, of this one by default",
            node_ps},
    Command{"node inspect", "", "[OPTIONS] self|NODE [NODE...]", "Show all about nodes",
            node_inspect},
    Command{"node update", "", "[OPTIONS] NODE", "Change a node's labels, availability or role",
            node_update},
    Command{"node promote", "", "NODE [NODE...]", "Make workers managers", node_promote},
    Command{"node demote", "", "NODE [NODE...]", "Make managers workers", node_demote},
    Command{"node rm", "node remove", "[OPTIONS] NODE [NODE...]", "Remove nodes from the cluster",
            node_rm},
    Command{"service create", "", "[OPTIONS] IMAGE [COMMAND] [ARG...]",
            "Run something on the cluster", service_create},
    Command{"service ls", "service list", "[OPTIONS]", "List the services", service_ls},
    Command{"service ps", "", "[OPTIONS] SERVICE [SERVICE...]", "List the tasks of services",
            service_ps},
    Command{"service inspect", "", "[OPTIONS] SERVICE [SERVICE...]", "Show all about services",
            service_inspect},
    Command{"service logs", "", "[OPTIONS] SERVICE|TASK",
            "Show what a service or a task has printed", service_logs},
    Command{"service scale", "", "[OPTIONS] SERVICE=REPLICAS [SERVICE=REPLICAS...]",
            "Change how many tasks run", service_scale},
    Command{"service update", "", "[OPTIONS] SERVICE", "Change a service, task by task",
            service_update},
    Command{"service rollback", "", "[OPTIONS] SERVICE",
            "Go back to what a service was before its last update", service_rollback},
    Command{"service rm", "service remove", "SERVICE [SERVICE...]",
            "Remove services and their tasks", service_rm},
    Command{"image load", "", "[OPTIONS]", "Load images from an archive", image_load},
    Command{"image ls", "image list", "[OPTIONS] [REPOSITORY[:TAG]]",
            "List the images of this node", image_ls},
    Command{"image rm", "image remove", "[OPTIONS] IMAGE [IMAGE...]",
            "Remove images from this node", image_rm},
};

}  // namespace

std::span<const Command> all_commands() { return kCommands; }

const Command* find_command(std::string_view name) {
  for (const Command& command : kCommands) {
    if (command.name == name || (!command.alias.empty() && command.alias == name)) return &command;
  }
  return nullptr;
}

}  // namespace es::cli
