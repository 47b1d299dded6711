#include "platform/linux/runtime/capabilities.h"

#include <sys/prctl.h>

#include <array>
#include <cctype>
#include <string_view>

namespace es::runtime {

namespace {

// By number, capabilities(7).
constexpr std::array<std::string_view, 41> kNames = {"CHOWN",
                                                     "DAC_OVERRIDE",
                                                     "DAC_READ_SEARCH",
                                                     "FOWNER",
                                                     "FSETID",
                                                     "KILL",
                                                     "SETGID",
                                                     "SETUID",
                                                     "SETPCAP",
                                                     "LINUX_IMMUTABLE",
                                                     "NET_BIND_SERVICE",
                                                     "NET_BROADCAST",
                                                     "NET_ADMIN",
                                                     "NET_RAW",
                                                     "IPC_LOCK",
                                                     "IPC_OWNER",
                                                     "SYS_MODULE",
                                                     "SYS_RAWIO",
                                                     "SYS_CHROOT",
                                                     "SYS_PTRACE",
                                                     "SYS_PACCT",
                                                     "SYS_ADMIN",
                                                     "SYS_BOOT",
                                                     "SYS_NICE",
                                                     "SYS_RESOURCE",
                                                     "SYS_TIME",
                                                     "SYS_TTY_CONFIG",
                                                     "MKNOD",
                                                     "LEASE",
                                                     "AUDIT_WRITE",
                                                     "AUDIT_CONTROL",
                                                     "SETFCAP",
                                                     "MAC_OVERRIDE",
                                                     "MAC_ADMIN",
                                                     "SYSLOG",
                                                     "WAKE_ALARM",
                                                     "BLOCK_SUSPEND",
                                                     "AUDIT_READ",
                                                     "PERFMON",
                                                     "BPF",
                                                     "CHECKPOINT_RESTORE"};

constexpr std::array<std::string_view, 14> kDockerDefault = {
    "CHOWN",   "DAC_OVERRIDE", "FSETID",           "FOWNER",
    "MKNOD",   "NET_RAW",      "SETGID",           "SETUID",
    "SETFCAP", "SETPCAP",      "NET_BIND_SERVICE", "SYS_CHROOT",
    "KILL",    "AUDIT_WRITE"};

constexpr uint64_t kAll = (uint64_t{1} << kNames.size()) - 1;

// 0 for an unknown name.
uint64_t bit_of(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return uint64_t{1} << i;
  }
  return 0;
}

Result<uint64_t> parse(const std::string& given) {
  std::string name;
  for (const char c : given) name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (name == "ALL" || name == "CAP_ALL") return kAll;
  const uint64_t bit = bit_of(name.starts_with("CAP_") ? std::string_view(name).substr(4) : name);
  if (bit == 0) return invalid("unknown capability: \"" + given + "\"");
  return bit;
}

}  // namespace

std::vector<std::string> capability_names(uint64_t bounding) {
  std::vector<std::string> names;
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (bounding >> i & 1) names.push_back("CAP_" + std::string(kNames[i]));
  }
  return names;
}

uint64_t own_bounding_set() {
  uint64_t bits = 0;
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1) bits |= uint64_t{1} << i;
  }
  return bits;
}

Result<std::vector<std::string>> resolve_capabilities(const std::vector<std::string>& add,
                                                      const std::vector<std::string>& drop,
                                                      uint64_t bounding) {
  uint64_t added = 0;
  uint64_t dropped = 0;
  for (const std::string& name : drop) {
    ES_TRY(const uint64_t bits, parse(name));
    dropped |= bits;
  }
  for (const std::string& name : add) {
    ES_TRY(const uint64_t bits, parse(name));
    if (bits != kAll && (bits & bounding) == 0)
      return invalid("this machine does not give capability " + name);
    added |= bits;
  }
  uint64_t defaults = 0;
  for (const std::string_view name : kDockerDefault) defaults |= bit_of(name);
  const uint64_t granted = dropped == kAll ? added
                           : added == kAll ? kAll & ~dropped
                                           : (defaults & ~dropped) | added;
  return capability_names(granted & bounding);
}

}  // namespace es::runtime
