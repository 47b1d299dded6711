#include "core/state/bare_task.h"

#include <type_traits>

namespace es::state {

Task without_spec(const Task& task) {
  Task bare;
  for_each_field(bare, [&](const auto& one, auto& value) {
    if constexpr (!std::is_same_v<std::remove_cvref_t<decltype(value)>, TaskSpec>) value = task.*(one.member);
  });
  bare.unknown_fields = task.unknown_fields;
  return bare;
}

}  // namespace es::state
