#pragma once
// What every Linux machine says about itself, and how its texts are read.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/ports/board.h"

namespace es::board {

// Kernel, distribution, memory, CPUs and the memory controller; not the model, the architecture and
// the remedy.
ports::BoardFacts linux_facts();

std::string kernel_machine();  // as uname(2) says: "aarch64"
std::string boot_line();       // /proc/cmdline

// Bytes behind "MemTotal:" of /proc/meminfo; 0 when it is not there.
int64_t total_memory_bytes(std::string_view meminfo);

// PRETTY_NAME of os-release(5), without its quotes; empty when it is not there.
std::string distribution_name(std::string_view os_release);

// True when `word` stands in the boot line by itself.
bool boot_line_has(std::string_view line, std::string_view word);

// A text without the zero bytes and blanks around it that firmware likes.
std::string trimmed(std::string_view text);

}  // namespace es::board
