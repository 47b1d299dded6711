#include "platform/linux/runtime/privileges.h"

#include <charconv>
#include <cstdint>

namespace es::runtime {

namespace {

struct Needed {
  int number;
  const char* name;
};
// Mounts and namespaces; signals to the container's users; the image's files of any owner.
constexpr Needed kNeeded[] = {{21, "CAP_SYS_ADMIN"}, {5, "CAP_KILL"}, {1, "CAP_DAC_OVERRIDE"}};

}  // namespace

Status check_privileges(const std::string& proc_status) {
  constexpr std::string_view kKey = "CapEff:\t";
  uint64_t effective = 0;
  if (const size_t at = proc_status.find(kKey); at != std::string::npos) {
    std::from_chars(proc_status.data() + at + kKey.size(), proc_status.data() + proc_status.size(),
                    effective, 16);
  }
  std::string missing;
  for (const Needed& one : kNeeded) {
    if (effective >> one.number & 1) continue;
    missing += missing.empty() ? "" : ", ";
    missing += one.name;
  }
  if (missing.empty()) return {};
  return Error{Errc::kPrecondition,
               "containers cannot be made without " + missing + ": start the daemon as root"};
}

}  // namespace es::runtime
