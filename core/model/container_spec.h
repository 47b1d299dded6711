#pragma once
// ContainerSpec: what runs in a task's container; Docker's fields. An empty list means "as the image says".

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/fields.h"
#include "core/base/time.h"
#include "core/model/meta.h"
#include "core/model/mount.h"

namespace es {

struct Ulimit {
  std::string name;  // "nofile"
  int64_t soft = 0;
  int64_t hard = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "Name", &Ulimit::name), field(2, "Soft", &Ulimit::soft),
                      field(3, "Hard", &Ulimit::hard)};
  }
  bool operator==(const Ulimit&) const = default;
};

struct ContainerSpec {
  std::string image;
  Labels labels;
  std::vector<std::string> command;  // replaces the image's entrypoint
  std::vector<std::string> args;     // replaces the image's command
  std::string hostname;
  std::vector<std::string> env;  // "KEY=value"
  std::string dir;               // working directory
  std::string user;              // "name", "uid", "name:group", "uid:gid"
  std::vector<std::string> groups;
  std::string stop_signal;
  bool tty = false;
  bool open_stdin = false;
  bool read_only = false;
  std::vector<Mount> mounts;
  std::optional<Duration> stop_grace_period;  // 10 s where not given
  std::vector<std::string> hosts;             // "IP name…", as in /etc/hosts
  std::optional<bool> init;
  Labels sysctls;
  std::vector<std::string> capability_add;
  std::vector<std::string> capability_drop;
  std::vector<Ulimit> ulimits;
  int64_t oom_score_adj = 0;
  std::string unknown_fields;

  static constexpr auto fields() {
    using C = ContainerSpec;
    return std::tuple{
        field(1, "Image", &C::image), field(2, "Labels", &C::labels), field(3, "Command", &C::command),
        field(4, "Args", &C::args), field(5, "Hostname", &C::hostname), field(6, "Env", &C::env),
        field(7, "Dir", &C::dir), field(8, "User", &C::user), field(9, "Groups", &C::groups),
        field(10, "StopSignal", &C::stop_signal), field(11, "TTY", &C::tty),
        field(12, "OpenStdin", &C::open_stdin), field(13, "ReadOnly", &C::read_only),
        field(14, "Mounts", &C::mounts), field(15, "StopGracePeriod", &C::stop_grace_period),
        field(16, "Hosts", &C::hosts), field(17, "Init", &C::init), field(18, "Sysctls", &C::sysctls),
        field(19, "CapabilityAdd", &C::capability_add), field(20, "CapabilityDrop", &C::capability_drop),
        field(21, "Ulimits", &C::ulimits), field(22, "OomScoreAdj", &C::oom_score_adj)};
  }
  bool operator==(const ContainerSpec&) const = default;
};

}  // namespace es
