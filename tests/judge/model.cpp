#include "tests/judge/model.h"

#include <algorithm>
#include <utility>

namespace es::judge {

namespace {

Objection identity_objection(const Operation& operation, const ObjectState& state) {
  if (!state.present) return Objection::kMissing;
  return operation.made != state.made ? Objection::kOtherObject : Objection::kNone;
}

// What an update or rollback needs: the version it is based on is still the current one.
Objection change_objection(const Operation& operation, const ObjectState& state) {
  const Objection objection = identity_objection(operation, state);
  if (objection != Objection::kNone) return objection;
  return operation.version < state.least_version ? Objection::kOldVersion : Objection::kNone;
}

Objection create(const Operation& operation, ObjectState& state) {
  if (state.present) return Objection::kExists;
  state = {true, operation.made, operation.value, 0, 0};
  return Objection::kNone;
}

Objection update(const Operation& operation, ObjectState& state) {
  const Objection objection = change_objection(operation, state);
  if (objection != Objection::kNone) return objection;
  state.previous = std::exchange(state.value, operation.value);
  state.least_version = operation.version + 1;
  return Objection::kNone;
}

Objection roll_back(const Operation& operation, ObjectState& state) {
  const Objection objection = change_objection(operation, state);
  if (objection != Objection::kNone) return objection;
  if (state.previous == 0) return Objection::kNoPrevious;
  std::swap(state.previous, state.value);
  state.least_version = operation.version + 1;
  return Objection::kNone;
}

Objection remove(const Operation& operation, ObjectState& state) {
  const Objection objection = identity_objection(operation, state);
  if (objection == Objection::kNone) state = {};
  return objection;
}

Objection read(const Operation& operation, ObjectState& state) {
  const Objection objection = change_objection(operation, state);
  if (objection != Objection::kNone) return objection;
  if (operation.value != state.value) return Objection::kOtherValue;
  state.least_version = operation.version;
  return Objection::kNone;
}

// The names of objects are unique, their incarnations are not named alike: an object that "exists"
// is any of that name, one that is "missing" is the one that was meant.
Objection witness(const Operation& operation, const ObjectState& state) {
  switch (operation.outcome) {
    case Outcome::kExists:
      return state.present ? Objection::kNone : Objection::kMissing;
    case Outcome::kMissing:
      return state.present && state.made == operation.made ? Objection::kPresent : Objection::kNone;
    case Outcome::kAbsent:
      return state.present ? Objection::kPresent : Objection::kNone;
    default:
      return Objection::kNone;
  }
}

}  // namespace

Objection apply(const Operation& operation, ObjectState& state) {
  if (operation.outcome != Outcome::kOk && operation.outcome != Outcome::kUnknown) {
    return witness(operation, state);
  }
  switch (operation.kind) {
    case Kind::kCreate: return create(operation, state);
    case Kind::kUpdate: return update(operation, state);
    case Kind::kRollback: return roll_back(operation, state);
    case Kind::kRemove: return remove(operation, state);
    case Kind::kRead: return read(operation, state);
  }
  return Objection::kNone;
}

std::string_view to_string(Objection objection) {
  switch (objection) {
    case Objection::kNone: return "possible";
    case Objection::kExists: return "the object exists already";
    case Objection::kMissing: return "there is no such object";
    case Objection::kPresent: return "there is such an object";
    case Objection::kOtherObject: return "another object has its name";
    case Objection::kOldVersion: return "its version is older than the object's";
    case Objection::kOtherValue: return "the object has another value";
    case Objection::kNoPrevious: return "there is nothing to roll back to";
  }
  return "?";
}

}  // namespace es::judge
