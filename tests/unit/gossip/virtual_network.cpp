#include "tests/unit/gossip/virtual_network.h"

#include <algorithm>

namespace es::gossip::test {

namespace {
constexpr size_t kNobody = SIZE_MAX;
}

void VirtualNetwork::start(size_t index) {
  Options options;
  options.self = node_id(index);
  options.cluster = kCluster;
  options.address = address_of(index);
  options.seed = prng_.next();
  if (count_starts) options.start = ++starts_[index];
  hosts_[index] = Host{std::make_unique<Gossip>(options, now_), now_};
}

void VirtualNetwork::form(size_t count) {
  for (size_t i = 0; i < count; ++i) start(i);
  for (size_t i = 1; i < count; ++i) {
    at(i).join(now_, {address_of(0)});
    collect(i);
  }
  ES_ASSERT(run_for(seconds(30), [&] { return everybody_sees_everybody(); }));
  run(milliseconds(static_cast<int64_t>(5'000 + prng_.below(1'000))));
  events.clear();
}

bool VirtualNetwork::run_until(Instant end, const std::function<bool()>& done) {
  while (!done()) {
    Instant next = on_the_wire_.empty() ? kNever : on_the_wire_.begin()->first;
    size_t ticking = kNobody;
    for (const auto& [index, host] : hosts_) {
      const Instant due = std::max(host.gossip->next_deadline(), host.paused_until);
      if (due < next) {
        next = due;
        ticking = index;
      }
    }
    if (next > end) {
      now_ = end;
      return false;
    }
    now_ = std::max(now_, next);
    if (ticking != kNobody) {
      at(ticking).tick(now_);
      collect(ticking);
    } else {
      const Delivery delivery = std::move(on_the_wire_.begin()->second);
      on_the_wire_.erase(on_the_wire_.begin());
      deliver(delivery);
    }
  }
  return true;
}

void VirtualNetwork::deliver(const Delivery& delivery) {
  const auto host = hosts_.find(delivery.to);
  if (host == hosts_.end()) return;
  if (host->second.paused_until > now_) {
    on_the_wire_.emplace(host->second.paused_until + nanoseconds(1), delivery);
    return;
  }
  if (delivery.sync) {
    host->second.gossip->receive_sync(now_, delivery.bytes);
  } else {
    host->second.gossip->receive(now_, address_of(delivery.from), delivery.bytes);
  }
  collect(delivery.to);
}

void VirtualNetwork::collect(size_t index) {
  Output output = at(index).take_output();
  for (const Datagram& datagram : output.datagrams) {
    ++datagrams;
    largest_datagram_bytes = std::max(largest_datagram_bytes, datagram.bytes.size());
    on_datagram(index, datagram);
    const size_t to = index_of(datagram.to);
    if (!connected(index, to) || prng_.chance(loss_percent_, 100)) continue;
    const Duration delay = microseconds(static_cast<int64_t>(200 + prng_.below(3'000)));
    on_the_wire_.emplace(now_ + delay, Delivery{index, to, false, datagram.bytes});
  }
  for (const SyncTo& sync : output.syncs) {
    ++syncs;
    const size_t to = index_of(sync.to);
    if (!sync_works_ || !connected(index, to)) continue;
    on_the_wire_.emplace(now_ + milliseconds(10), Delivery{index, to, true, sync.bytes});
  }
  for (const MemberRecord& record : output.events) events.push_back({now_, index, record});
}

bool VirtualNetwork::connected(size_t from, size_t to) const {
  if (one_way_cuts_.contains({from, to})) return false;
  for (const std::set<size_t>& group : groups_) {
    if (group.contains(from) != group.contains(to)) return false;
  }
  return true;
}

size_t VirtualNetwork::index_of(const SocketAddress& address) const {
  for (const auto& [index, host] : hosts_) {
    if (address_of(index) == address) return index;
  }
  return kNobody;
}

MemberState VirtualNetwork::state(size_t by, size_t about) const {
  const auto& members = hosts_.at(by).gossip->members();
  const auto it = members.find(node_id(about));
  return it == members.end() ? MemberState::kLeft : it->second.record.state;
}

bool VirtualNetwork::all_see(size_t about, MemberState wanted) const {
  return std::all_of(hosts_.begin(), hosts_.end(), [&](const auto& host) {
    return host.first == about || state(host.first, about) == wanted;
  });
}

bool VirtualNetwork::everybody_sees_everybody() const {
  return std::all_of(hosts_.begin(), hosts_.end(),
                     [&](const auto& host) { return all_see(host.first, MemberState::kAlive); });
}

}  // namespace es::gossip::test
