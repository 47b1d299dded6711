#pragma once
// Host: whoever keeps a driver, and what a driver tells it that is nobody else's business.

#include <string>

#include "core/driver/envelope.h"
#include "core/node/effect.h"
#include "core/node/event.h"
#include "core/state/event.h"

namespace es::driver {

class Host {
 public:
  virtual ~Host() = default;

  // A line for the operator.
  virtual void log(std::string line) = 0;
  // Something changed in this manager's tables.
  virtual void changed(const state::Event& change) = 0;
  // What is said about logs, by a peer that may say it; never a node::Message.
  virtual void log_message(NodeId from, Envelope envelope) = 0;
  // The bulk connection with this peer is gone, and with it the streams over it.
  virtual void log_peer_lost(NodeId peer) = 0;
  // The membership is over; called once. The driver is destroyed in a later turn.
  virtual void ended(std::string reason) = 0;

  // For a trace: an event right before the node works on it, and each effect before it is done.
  virtual void working_on(const node::Event&) {}
  virtual void carrying_out(const node::Effect&) {}
};

}  // namespace es::driver
