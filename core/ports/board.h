#pragma once
// Board: facts of the machine under the node.

#include <cstdint>
#include <string>

#include "core/model/platform.h"

namespace es::ports {

struct BoardFacts {
  std::string model;  // "Raspberry Pi 4 Model B Rev 1.4"; empty when the machine does not say
  std::string kernel_release;
  std::string os_name;  // "Debian GNU/Linux 12 (bookworm)"
  Platform platform;
  int64_t memory_bytes = 0;
  int64_t cpu_count = 0;
  bool memory_controller = true;         // the cgroup memory controller can be used
  std::string memory_controller_remedy;  // what to do where it cannot; else empty
};

class Board {
 public:
  virtual ~Board() = default;
  virtual BoardFacts facts() const = 0;
};

}  // namespace es::ports
