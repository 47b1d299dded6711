// What the machine under the node says, in the texts of real boards.

#include "platform/linux/board/board.h"
#include "doctest/doctest.h"
#include "platform/linux-arm/arm_platform.h"
#include "platform/linux/board/linux_facts.h"

namespace es::board {

namespace {

TEST_CASE("memory, distribution and boot line") {
  CHECK(total_memory_bytes("MemTotal:         448256 kB\nMemFree:  1 kB\n") ==
        int64_t{448256} * 1024);
  CHECK(total_memory_bytes("MemFree: 1 kB\n") == 0);
  CHECK(total_memory_bytes("MemTotal: 99999999999999999999 kB\n") == 0);
  CHECK(total_memory_bytes("") == 0);
  CHECK(distribution_name("NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n") ==
        "Debian GNU/Linux 12 (bookworm)");
  CHECK(distribution_name("PRETTY_NAME='Raspbian'") == "Raspbian");
  CHECK(distribution_name("PRETTY_NAME=Plain\n") == "Plain");
  CHECK(distribution_name("PRETTY_NAME=\"\n") == "\"");
  CHECK(distribution_name("").empty());
  CHECK(boot_line_has("quiet cgroup_enable=memory\n", "cgroup_enable=memory"));
  CHECK_FALSE(boot_line_has("cgroup_enable=memory2 xcgroup_enable=memory", "cgroup_enable=memory"));
  CHECK(trimmed(std::string_view("Raspberry Pi 4 Model B Rev 1.4\0", 31)) ==
        "Raspberry Pi 4 Model B Rev 1.4");
  CHECK(trimmed(" \n").empty());
}

TEST_CASE("the ARMs are told apart") {
  struct Case {
    const char* name;
    const char* machine;
    const char* cpuinfo;
    int bits;
    Platform platform;
  };
  const Case cases[] = {
      {"Pi Zero",
       "armv6l",
       "model name\t: ARMv6-compatible processor rev 7 (v6l)\nCPU architecture: 7\n",
       32,
       {"arm", "linux", "v6"}},
      {"Pi Zero in a container that hides its machine",
       "armv7l",
       "model name\t: ARMv6-compatible processor rev 7 (v6l)\nCPU architecture: 7\n",
       32,
       {"arm", "linux", "v6"}},
      {"Pi 2", "armv7l", "model name\t: ARMv7 Processor rev 5 (v7l)\n", 32, {"arm", "linux", "v7"}},
      {"Pi 4, 32-bit system on a 64-bit kernel",
       "aarch64",
       "CPU architecture: 8\n",
       32,
       {"arm", "linux", "v8"}},
      {"the same by setarch", "armv8l", "CPU architecture: 8\n", 32, {"arm", "linux", "v8"}},
      {"Pi 5", "aarch64", "CPU architecture: 8\n", 64, {"arm64", "linux", ""}},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    CHECK(arm_platform(one.machine, one.cpuinfo, one.bits) == one.platform);
  }
}

TEST_CASE("a Raspberry Pi without the memory controller gets told what to do") {
  CHECK(memory_controller_remedy("console=tty1 root=x", "/boot/firmware/cmdline.txt") ==
        "add cgroup_enable=memory to the line in /boot/firmware/cmdline.txt and reboot");
  CHECK(memory_controller_remedy("cgroup_enable=memory", "/boot/cmdline.txt")
            .find("does not have it") != std::string::npos);
}

TEST_CASE("this machine's facts are complete") {
  const ports::BoardFacts facts = make_board()->facts();
  CHECK_FALSE(facts.kernel_release.empty());
  CHECK_FALSE(facts.os_name.empty());
  CHECK(facts.platform.os == "linux");
  CHECK_FALSE(facts.platform.architecture.empty());
  CHECK(facts.memory_bytes > 0);
  CHECK(facts.cpu_count > 0);
  CHECK(facts.memory_controller == facts.memory_controller_remedy.empty());
}

}  // namespace

}  // namespace es::board
