#pragma once
// The flags of `service create` and `service update`, in tables: each edits a service's
// specification, in Docker's JSON. What a flag does not name stays as it was, also what this client
// knows nothing of.

#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "services/json/json_fwd.h"

namespace es::cli {

using json::Json;

// Errors: kInvalid and kUnsupported are the user's; kIo.
using ApplyToSpec = Status (*)(Json& spec, const std::string& text);

// The same for both commands.
struct SpecFlag {
  std::string_view names;  // "u,user"
  std::string_view
      word;  // for the value; empty for a flag without one, whose text is "true" or "false"
  std::string_view help;
  ApplyToSpec apply;
};

// A list: --env for create; --env-add and --env-rm for update.
struct SpecListFlag {
  std::string_view name;
  char letter;  // for create; 0: none
  std::string_view word;
  std::string_view noun;         // "an environment variable"
  std::string_view remove_word;  // by what it is removed: "KEY"
  ApplyToSpec add;
  ApplyToSpec remove;
};

// A flag of Docker's that belongs to later work.
struct LaterFlag {
  std::string_view names;
  std::string_view why;
};

std::span<const SpecFlag> container_flags();
std::span<const SpecFlag> resource_flags();
std::span<const SpecFlag> scheduling_flags();  // mode's numbers, placement, restarts
std::span<const SpecFlag> update_config_flags();
std::span<const SpecListFlag> list_flags();
std::span<const LaterFlag> later_create_flags();
std::span<const LaterFlag> later_update_flags();

Status set_mode(Json& spec, const std::string& text);  // --mode

}  // namespace es::cli
