#pragma once
// Which ARM this is, in the words of the OCI image specification.

#include <string>
#include <string_view>

#include "core/model/platform.h"

namespace es::board {

// `machine` as uname(2) says, `cpuinfo` is /proc/cpuinfo, `pointer_bits` those of this very binary:
// a 32-bit system often runs on a 64-bit kernel, and its node takes 32-bit images.
Platform arm_platform(std::string_view machine, std::string_view cpuinfo, int pointer_bits);

// What to do on a Raspberry Pi whose memory controller is off; `boot_line` is /proc/cmdline,
// `boot_file` the file it comes from.
std::string memory_controller_remedy(std::string_view boot_line, std::string_view boot_file);

}  // namespace es::board
