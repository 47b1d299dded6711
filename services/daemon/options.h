#pragma once
// What `edgeswarm daemon` is told, by flags or by a file of `flag = value` lines.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/address.h"
#include "core/model/meta.h"

namespace es::daemon {

struct Options {
  std::string data_dir = "/var/lib/edgeswarm";
  std::string store_dir() const { return data_dir + "/store"; }
  std::string run_dir = "/run/edgeswarm";
  std::string hostname;                     // empty: the machine's
  SocketAddress listen{"0.0.0.0", 2377};
  uint16_t gossip_port = 7946;
  Labels engine_labels;
  std::optional<int64_t> offered_memory_bytes;  // what tasks may reserve; else what the board has to spare
  std::optional<int64_t> offered_cpu_nano;
  std::string runtime;                      // absolute path of crun or runc; empty: what is installed
};

// An exit code instead of options: after --help (0, printed), or for a wrong line (2, said on standard error).
struct Parsed {
  std::optional<Options> options;
  int exit_code = 0;
};
Parsed parse_options(int argc, char** argv);


}  // namespace es::daemon
