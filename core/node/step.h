#pragma once
// Step: what the parts of a node share while one event is worked on.

#include <deque>
#include <utility>

#include "core/base/prng.h"
#include "core/base/time.h"
#include "core/node/effect.h"

namespace es::node {

struct Step {
  Instant now;
  WallTime wall;
  NodeId self;
  Prng& prng;
  Effects& out;
  std::deque<Message> to_self;  // said by this node to itself; worked on within the same step

  void send(const wire::ManagerAddress& to, Body body) { send(to.node, to.address, std::move(body)); }
  void send(NodeId to, const SocketAddress& address, Body body) {
    if (to == self) to_self.push_back({std::move(body)});
    else out.add(SendMessage{to, address, {std::move(body)}});
  }
  void log(std::string text) { out.add(Log{std::move(text)}); }
};

}  // namespace es::node
