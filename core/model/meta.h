#pragma once
// What every replicated object has: a version for optimistic writes and two times for people.

#include <cstdint>
#include <map>
#include <string>

#include "core/base/fields.h"
#include "core/base/time.h"

namespace es {

using Labels = std::map<std::string, std::string>;

// The Raft index of the entry that last changed the object. An update names the version that it was based on; any other version is
// refused with "update out of sequence".
struct Version {
  uint64_t index = 0;

  static constexpr auto fields() { return std::tuple{field(1, "Index", &Version::index)}; }
  auto operator<=>(const Version&) const = default;
};

struct Meta {
  Version version;
  WallTime created_at;  // the leader's clock; for people only
  WallTime updated_at;
  uint64_t created_index = 0;  // the entry that made the object: the order of creation, whatever the clocks said

  static constexpr auto fields() {
    return std::tuple{field(1, "Version", &Meta::version), field(2, "CreatedAt", &Meta::created_at),
                      field(3, "UpdatedAt", &Meta::updated_at),
                      field(4, "CreatedIndex", &Meta::created_index)};
  }
  bool operator==(const Meta&) const = default;
};

}  // namespace es
