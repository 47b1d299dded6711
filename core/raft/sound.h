#pragma once
// Which messages can come from a Raft at all, whatever its state: what is damaged or made up is
// dropped before any rule reads it.

#include "core/raft/message.h"

namespace es::raft {

// False for terms and indexes that nobody can have reached, entries with a gap, of a falling term
// or of a later one than their message's, kinds and configurations that do not exist.
bool is_sound(const Message& message);

}  // namespace es::raft
