#include "platform/linux/board/board.h"
#include "platform/linux/board/linux_facts.h"
#include "platform/linux/cgroup/small_file.h"

namespace es::board {

namespace {

std::string firmware_text(const char* name) {
  return trimmed(cgroup::read_small_file(std::string("/sys/class/dmi/id/") + name).value_or(""));
}

class X86Board final : public ports::Board {
 public:
  ports::BoardFacts facts() const override {
    ports::BoardFacts facts = linux_facts();
    facts.model = trimmed(firmware_text("sys_vendor") + " " + firmware_text("product_name"));
    facts.platform.architecture = sizeof(void*) == 8 ? "amd64" : "386";
    if (!facts.memory_controller) {
      facts.memory_controller_remedy =
          boot_line_has(boot_line(), "cgroup_disable=memory")
              ? "remove cgroup_disable=memory from the boot line and reboot"
              : "use a kernel with the memory controller (CONFIG_MEMCG), and mount it";
    }
    return facts;
  }
};

}  // namespace

std::unique_ptr<ports::Board> make_board() { return std::make_unique<X86Board>(); }

}  // namespace es::board
