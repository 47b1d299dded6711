#pragma once
// The daemon's own memory: what holds the promises of others must be the last to go.

#include <cstdint>
#include <string>
#include <vector>

#include "platform/linux/cgroup/host.h"

namespace es::cgroup {

constexpr int kDaemonOomScoreAdj = -900;

// Guarantees `memory_bytes` to this process's cgroup (v2) and lowers its OOM score; shims inherit
// the score. Returns one sentence for each thing that was not allowed: none of them stops the
// daemon.
std::vector<std::string> protect_daemon(const Host& host, int64_t memory_bytes);

// As above for given places: `proc_self` is /proc/self.
std::vector<std::string> protect_daemon(const Host& host, int64_t memory_bytes,
                                        const std::string& proc_self);

}  // namespace es::cgroup
