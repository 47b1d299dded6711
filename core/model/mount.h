#pragma once
// Mount: one entry of --mount.

#include <array>
#include <cstdint>
#include <string>

#include "core/base/fields.h"

namespace es {

enum class MountType : uint8_t { kBind = 0, kVolume = 1, kTmpfs = 2 };
constexpr auto enum_names(MountType) {
  return std::array{EnumName{MountType::kBind, "bind"}, EnumName{MountType::kVolume, "volume"},
                    EnumName{MountType::kTmpfs, "tmpfs"}};
}

enum class MountPropagation : uint8_t { kRprivate = 0, kPrivate, kRshared, kShared, kRslave, kSlave };
constexpr auto enum_names(MountPropagation) {
  return std::array{EnumName{MountPropagation::kRprivate, "rprivate"}, EnumName{MountPropagation::kPrivate, "private"},
                    EnumName{MountPropagation::kRshared, "rshared"}, EnumName{MountPropagation::kShared, "shared"},
                    EnumName{MountPropagation::kRslave, "rslave"}, EnumName{MountPropagation::kSlave, "slave"}};
}

struct Mount {
  MountType type = MountType::kBind;
  std::string source;  // bind: a path that must exist on the node; volume: its name; tmpfs: empty
  std::string target;  // absolute path in the container
  bool read_only = false;
  MountPropagation propagation = MountPropagation::kRprivate;  // bind only
  int64_t tmpfs_size_bytes = 0;  // tmpfs only; 0: half of the memory, as the kernel does
  uint32_t tmpfs_mode = 01777;   // tmpfs only

  static constexpr auto fields() {
    return std::tuple{field(1, "Type", &Mount::type), field(2, "Source", &Mount::source),
                      field(3, "Target", &Mount::target), field(4, "ReadOnly", &Mount::read_only),
                      field(5, "Propagation", &Mount::propagation),
                      field(6, "TmpfsSizeBytes", &Mount::tmpfs_size_bytes),
                      field(7, "TmpfsMode", &Mount::tmpfs_mode)};
  }
  bool operator==(const Mount&) const = default;
};

}  // namespace es
