#include "core/node/effect.h"

#include <utility>

namespace es::node {

Effects::Effects() = default;
Effects::~Effects() = default;

void Effects::add(Effect effect) { list.push_back(std::move(effect)); }

}  // namespace es::node
