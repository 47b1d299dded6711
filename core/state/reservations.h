#pragma once
// What a node offers and what of it is taken. The promise of DESIGN D5: no node's reservations ever
// exceed what it offers.

#include "core/model/node.h"
#include "core/model/task.h"
#include "core/state/draft.h"

namespace es::state {

// True for a task that holds its reservation: a node was chosen or confirmed for it and it has not
// been seen to end there. A task that was told to stop holds it until it did.
bool holds_reservation(const Task& task);

// What tasks may reserve on the node. Without the memory controller no reservation of memory could
// be kept, so none is offered.
Resources offered(const Node& node);

// False for a node that offers no CPU at all: a manager that runs no tasks. It is never chosen and
// never counted among the nodes that did not fit.
bool runs_tasks(const Node& node);

// The sum over the tasks of the node that hold their reservation.
Resources reserved(const Draft& draft, NodeId node);

void add(Resources& sum, const Resources& part);
void subtract(Resources& sum, const Resources& part);
// True when `wanted` fits into offer - taken, in every part.
bool fits(const Resources& offer, const Resources& taken, const Resources& wanted);

}  // namespace es::state
