#pragma once
// The one Board of this binary: platform/linux-arm or platform/x86, whichever was built into it.

#include <memory>

#include "core/ports/board.h"

namespace es::board {

std::unique_ptr<ports::Board> make_board();

}  // namespace es::board
