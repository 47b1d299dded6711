#include "platform/linux-arm/arm_platform.h"
#include "platform/linux/board/board.h"
#include "platform/linux/board/linux_facts.h"
#include "platform/linux/cgroup/small_file.h"

namespace es::board {

namespace {

class ArmBoard final : public ports::Board {
 public:
  ports::BoardFacts facts() const override {
    ports::BoardFacts facts = linux_facts();
    facts.model = trimmed(cgroup::read_small_file("/proc/device-tree/model").value_or(""));
    const std::string cpuinfo = cgroup::read_small_file("/proc/cpuinfo").value_or("");
    facts.platform = arm_platform(kernel_machine(), cpuinfo, static_cast<int>(sizeof(void*) * 8));
    if (!facts.memory_controller) {
      constexpr const char* kNewPlace =
          "/boot/firmware/cmdline.txt";  // Raspberry Pi OS since bookworm
      const char* file = cgroup::exists(kNewPlace) ? kNewPlace : "/boot/cmdline.txt";
      facts.memory_controller_remedy = memory_controller_remedy(boot_line(), file);
    }
    return facts;
  }
};

}  // namespace

std::unique_ptr<ports::Board> make_board() { return std::make_unique<ArmBoard>(); }

}  // namespace es::board
