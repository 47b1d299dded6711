#pragma once
// What nodes say of themselves and of their tasks, judged where it comes in: a member is trusted with its own tasks and not with the tables
// of the others. What is said of a node is refused as a whole; a task's report is taken without what is wrong in it.

#include <cstddef>
#include <string>

#include "core/base/result.h"
#include "core/model/address.h"
#include "core/model/node.h"
#include "core/model/task.h"

namespace es::identity {

constexpr size_t kMaxHostnameBytes = 253;  // RFC 1123 §2.1
constexpr size_t kMaxHostnameLabelBytes = 63;
constexpr size_t kMaxEngineLabels = 64;
constexpr size_t kMaxEngineLabelBytes = 8 * 1024;  // of all together, names and values
constexpr size_t kMaxGenericResources = 64;
constexpr size_t kMaxWordBytes = 64;  // architecture, version, a kind of resource
constexpr size_t kMaxStatusBytes = 1024;  // a task's message, and its error; why a log is incomplete

// Parts of letters, digits, '-' and '_' (RFC 1123 §2.1, and what boards are called all the same), joined by dots; a part begins and ends with
// a letter or a digit. Errors: kInvalid.
Status check_hostname(std::string_view hostname);

// Errors: kInvalid, in one sentence.
Status check_description(const NodeDescription& description);

// Where a node says that it can be reached: a numeric address of one machine, and a port. Errors: kInvalid.
Status check_address(const SocketAddress& address);

// What a node tells people: cut where it is too long, and what is no text becomes "?".
void tidy_text(std::string& text);

// False for a state that no agent may report. Its texts are tidied.
bool tidy_observation(TaskStatus& status);

}  // namespace es::identity
