#include "core/node/step.h"

namespace es::node {

void Step::send(const wire::ManagerAddress& to, Body body) { send(to.node, to.address, std::move(body)); }

void Step::send(NodeId to, const SocketAddress& address, Body body) {
  if (to == self) to_self.push_back({std::move(body)});
  else out.add(SendMessage{to, address, {std::move(body), incarnation}});
}

void Step::send_everywhere(NodeId to, const SocketAddress& address, Body body) {
  out.add(SendMessage{to, address, {std::move(body), incarnation}, true});
}

void Step::log(std::string text) { out.add(Log{std::move(text)}); }

}  // namespace es::node
