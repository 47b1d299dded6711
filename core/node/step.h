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
  uint64_t incarnation = 0;     // of this node's start

  void send(const wire::ManagerAddress& to, Body body);
  void send(NodeId to, const SocketAddress& address, Body body);
  // Over each connection that is open with a node of that identity: two boards may have it. Pre: to != self.
  void send_everywhere(NodeId to, const SocketAddress& address, Body body);
  void log(std::string text);
};

}  // namespace es::node
