#include "platform/linux-arm/arm_platform.h"

#include "platform/linux/board/linux_facts.h"

namespace es::board {

Platform arm_platform(std::string_view machine, std::string_view cpuinfo, int pointer_bits) {
  if (pointer_bits == 64) return {"arm64", "linux", ""};
  // The ARM11 of the first Raspberry Pi and of the Zero says "CPU architecture: 7" although it is a
  // v6; its model name tells.
  const bool v6 = machine.starts_with("armv6") || cpuinfo.find("(v6l)") != std::string_view::npos;
  if (v6) return {"arm", "linux", "v6"};
  const bool v8 = machine == "aarch64" || machine.starts_with("armv8");
  return {"arm", "linux", v8 ? "v8" : "v7"};
}

std::string memory_controller_remedy(std::string_view boot_line, std::string_view boot_file) {
  if (boot_line_has(boot_line, "cgroup_enable=memory")) {
    return "the boot line asks for the memory controller, but this kernel does not have it";
  }
  return "add cgroup_enable=memory to the line in " + std::string(boot_file) + " and reboot";
}

}  // namespace es::board
