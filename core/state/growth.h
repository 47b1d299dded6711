#pragma once
// How much changes make the tables grow: the size of a snapshot is known before one is taken.

#include <cstdint>

#include "core/state/event.h"
#include "core/state/tables.h"

namespace es::state {

// By which `after` makes the tables larger than `before` did; negative: smaller. With the specification that the tasks of the service keep
// until they are forgotten, when it gets another one.
int64_t growth_bytes(const Tables& tables, const Service& before, const Service& after);

// By which a snapshot of the tables has become larger with the event, about; what the tasks of a removed service keep is not counted.
int64_t growth_bytes(const Tables& tables, const Event& event);

}  // namespace es::state
