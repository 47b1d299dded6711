// A member of the gossip that hears anything from anybody: bounds hold, it never believes itself dead,
// and what it says is what another one would accept.

#include "core/gossip/gossip.h"
#include "core/wire/codec.h"
#include "tests/fuzz/input.h"

namespace {

using namespace es;
using namespace es::gossip;
using fuzz::Input;

const ClusterId kCluster{{1, 1}};

NodeId node(size_t number) { return NodeId{{7, number}}; }

SocketAddress address(size_t number) {
  return {"10.0.0." + std::to_string(number), 7946};
}

MemberRecord record(Input& in) {
  MemberRecord made{node(in.below(6)), static_cast<MemberState>(in.below(5)), in.number(),
                    address(in.below(6)), in.text(4)};
  if (in.byte() > 250) made.address.ip = in.text(8);
  return made;
}

Body body(Input& in) {
  switch (in.below(6)) {
    case 0: return Ping{in.number(), node(in.below(6)), in.number()};
    case 1: return PingRequest{in.number(), node(in.below(6)), address(in.below(6))};
    case 2: return Ack{in.number(), node(in.below(6)), in.number()};
    case 3: return Nack{in.number()};
    case 4: return Join{};
    default: return Spread{};
  }
}

std::string datagram(Input& in) {
  if (in.byte() < 40) return in.text(100);
  Envelope made{kCluster, node(in.below(6)), body(in), {}};
  for (size_t i = in.below(4); i > 0; --i) made.rumours.push_back({record(in), node(in.below(6))});
  return wire::encode(made);
}

std::string table(Input& in) {
  if (in.byte() < 40) return in.text(100);
  TableSync made{kCluster, node(in.below(6)), in.byte() % 2 == 0, {}};
  for (size_t i = in.below(5); i > 0; --i) made.members.push_back(record(in));
  return wire::encode(made);
}

void check(Gossip& gossip) {
  ES_ASSERT(gossip.self().state == MemberState::kAlive);
  ES_ASSERT(gossip.members().size() <= kMaxMembers);
  ES_ASSERT(!gossip.members().contains(node(0)));
  const Output out = gossip.take_output();
  ES_ASSERT(out.datagrams.size() <= kMaxDatagramsOut);
  for (const Datagram& one : out.datagrams) {
    ES_ASSERT(one.bytes.size() <= kMaxDatagramBytes);
    ES_ASSERT(wire::decode<Envelope>(one.bytes).ok());
  }
  for (const SyncTo& one : out.syncs) ES_ASSERT(one.bytes.size() <= kMaxSyncBytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input in(data, size);
  Options options;
  options.self = node(0);
  options.cluster = kCluster;
  options.address = address(0);
  options.seed = in.byte();
  Instant now{1'000'000'000};
  Gossip gossip(options, now);
  for (int step = 0; step < 400 && !in.done(); ++step) {
    now = now + milliseconds(in.byte() < 200 ? 20 : 2'000);
    switch (in.below(8)) {
      case 0: gossip.receive_sync(now, table(in)); break;
      case 1: gossip.join(now, {address(in.below(6))}); break;
      case 2: gossip.forget(node(1 + in.below(5))); break;
      case 3:
      case 4: gossip.tick(now); break;
      default: gossip.receive(now, address(in.below(6)), datagram(in)); break;
    }
    if (now >= gossip.next_deadline()) gossip.tick(now);
    check(gossip);
  }
  return 0;
}
