#include "services/daemon/options.h"

#include <CLI/CLI.hpp>

#include <cstdio>

#include "services/cli/values.h"

namespace es::daemon {

namespace {

constexpr const char* kFooter =
    "\nExamples:\n"
    "  edgeswarm daemon\n"
    "  edgeswarm daemon --data-dir /mnt/usb/edgeswarm --hostname pi-kitchen\n"
    "  edgeswarm daemon --config /etc/edgeswarm.conf   # lines such as: hostname = pi-kitchen\n";

// What CLI11 collects before it is checked.
struct Raw {
  std::string listen;
  std::string memory;
  std::string cpus;
  std::vector<std::string> labels;
};

Status take(const Raw& raw, Options& options) {
  if (!raw.listen.empty()) {
    ES_TRY(options.listen, SocketAddress::parse(raw.listen, options.listen.port));
  }
  if (!raw.memory.empty()) {
    ES_TRY(options.offered_memory_bytes, cli::parse_size(raw.memory));
  }
  if (!raw.cpus.empty()) {
    ES_TRY(options.offered_cpu_nano, cli::parse_cpus(raw.cpus));
  }
  for (const std::string& label : raw.labels) {
    const size_t equals = label.find('=');
    options.engine_labels[label.substr(0, equals)] = equals == std::string::npos ? "" : label.substr(equals + 1);
  }
  for (const std::string* path : {&options.data_dir, &options.run_dir}) {
    if (!path->starts_with('/')) return invalid("\"" + *path + "\" is not an absolute path");
  }
  return {};
}

}  // namespace

Parsed parse_options(int argc, char** argv) {
  CLI::App app("Run the daemon: one on every board, as root", "edgeswarm daemon");
  Options options;
  Raw raw;
  app.get_formatter()->column_width(32);
  app.footer(kFooter);
  app.add_option("--data-dir", options.data_dir, "What must survive a reboot")->capture_default_str();
  app.add_option("--run-dir", options.run_dir, "Sockets and running tasks")->capture_default_str();
  app.add_option("--hostname", options.hostname, "Name of this node (the machine's)");
  app.add_option("--listen-addr", raw.listen, "IP[:PORT] of the control port (0.0.0.0:2377)");
  app.add_option("--gossip-port", options.gossip_port, "The same on every node")->capture_default_str();
  app.add_option("--label", raw.labels, "KEY=VALUE for constraints on engine.labels.KEY");
  app.add_option("--offer-memory", raw.memory, "Memory that tasks may reserve (what is to spare)");
  app.add_option("--offer-cpus", raw.cpus, "CPUs that tasks may reserve (all)");
  app.add_option("--runtime", options.runtime, "Path of crun or runc (what is installed)");
  app.set_config("--config", "", "File of FLAG = VALUE lines")->check(CLI::ExistingFile);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return {std::nullopt, app.exit(error)};
    std::fprintf(stderr, "edgeswarm daemon: %s\nSee 'edgeswarm daemon --help'.\n", error.what());
    return {std::nullopt, 2};
  }
  if (const Status taken = take(raw, options); !taken.ok()) {
    std::fprintf(stderr, "edgeswarm daemon: %s\n", taken.error().message.c_str());
    return {std::nullopt, 2};
  }
  return {std::move(options), 0};
}

}  // namespace es::daemon
