#pragma once
// What a Gossip needs to know of its node, and its timings. The defaults are measured
// (tests/unit/gossip/detection_test.cpp): a node that loses power is declared dead by every other
// within 3.0 s in clusters of 3 to 25, while 2 % of lost packets or a stall of 700 ms kill nobody.

#include <cstdint>
#include <string>

#include "core/base/id.h"
#include "core/base/time.h"
#include "core/model/address.h"

namespace es::gossip {

struct Timing {
  // One probe a node every interval (SWIM §3.1, the protocol period T'), drawn from ±10 % so that
  // nodes do not march in step.
  Duration probe_interval = milliseconds(400);
  // How long a direct probe waits; above the round trip of a Wi-Fi that saves power. Suspicion
  // comes after both timeouts.
  Duration probe_timeout = milliseconds(200);
  Duration indirect_timeout = milliseconds(200);
  // How long a relay waits before it says that it got no answer either; below indirect_timeout.
  Duration relay_timeout = milliseconds(150);
  // From suspicion to death: max when one node suspects, min when several do (Lifeguard §IV-B). min
  // + both probe timeouts is the longest stall of a node that is certain to be forgiven.
  Duration suspicion_min = milliseconds(1'200);
  Duration suspicion_max = milliseconds(2'400);
  // Rumours leave at once and then every interval until each was sent often enough; nothing is sent
  // when there are none.
  Duration spread_interval = milliseconds(100);
  // One dead member is tried again every interval, and the seeds when nobody is alive: this is how
  // partitions heal.
  Duration reach_out_interval = seconds(2);
  // At most one exchange of whole tables is begun every interval, and only when tables differ.
  Duration sync_interval = seconds(2);
  // A call that comes later than this after next_deadline() shows that this node stood still, not
  // that its peers did.
  Duration stall_tolerance = milliseconds(200);
};

struct Options {
  NodeId self;
  ClusterId cluster;
  SocketAddress address;  // where others reach this node's gossip port
  std::string meta;       // at most kMaxMetaBytes, opaque
  uint64_t seed = 0;      // differs between nodes and between starts
  uint64_t start = 0;     // counts the node's starts from 1 and never falls; 0: nobody counted them
  Timing timing;
};

}  // namespace es::gossip
