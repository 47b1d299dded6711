#pragma once
// The sequential specification of one object: what each operation may answer, and what it leaves.
//
// The cluster also writes objects by itself (an update's progress, a node that registers): that
// raises the version and leaves the value. So a state holds the least version that the object can
// have, and reads raise it.

#include <string>

#include "tests/judge/history.h"

namespace es::judge {

struct ObjectState {
  bool present = false;
  Token made = 0;
  Token value = 0;
  Token previous = 0;  // what a rollback brings back
  uint64_t least_version = 0;

  bool operator==(const ObjectState&) const = default;
};

// Empty: the operation may take effect in `state`, which is then what it leaves. Otherwise why not,
// and `state` is as it was. An operation of unknown outcome takes effect; of one that failed, only
// what it says about the object counts.
enum class Objection : uint8_t {
  kNone,
  kExists,       // it made the object, which exists
  kMissing,      // it changed, removed or saw the object, which does not exist
  kPresent,      // it says that there is no such object, and there is
  kOtherObject,  // it means another incarnation
  kOldVersion,   // a version that the object cannot have any more
  kOtherValue,   // it saw another value
  kNoPrevious,   // nothing to roll back to
};
Objection apply(const Operation& operation, ObjectState& state);

std::string_view to_string(Objection objection);

}  // namespace es::judge
