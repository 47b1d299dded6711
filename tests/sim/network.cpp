#include "tests/sim/network.h"

#include <algorithm>
#include <iterator>

namespace es::sim {

namespace {

// After a dial that failed; doubles, as in the product.
constexpr Duration kBackoffMin = milliseconds(50);
constexpr int kMaxDoublings = 5;
// Datagrams on a slow wire do not queue for ever: the kernel drops what it cannot hold.
constexpr Duration kDatagramQueueMax = milliseconds(500);

}  // namespace

Network::Wire& Network::wire(Board from, Board to) {
  if (from >= wires_.size()) wires_.resize(from + 1);
  if (to >= wires_[from].size()) wires_[from].resize(to + 1);
  return wires_[from][to];
}

Network::Connection& Network::connection(Board a, Board b, Channel channel) {
  return wire(std::min(a, b), std::max(a, b)).connections[number(channel)];
}

Network::Host& Network::at(Board board) {
  if (board >= hosts_.size()) hosts_.resize(board + 1);
  return hosts_[board];
}

Duration Network::draw_delay() {
  const auto spread = static_cast<uint64_t>((options_.delay_max - options_.delay_min).ns) + 1;
  return options_.delay_min + nanoseconds(static_cast<int64_t>(prng_.below(spread)));
}

Status Network::dial(Board from, Board to, Channel channel) {
  Connection& link = connection(from, to, channel);
  if (schedule_.now() < link.no_dial_before) return unavailable("the last dial failed");
  if (!passes(from, to) || !passes(to, from) || !at(to).powered) {
    give_up_later(from, to, channel);  // nobody answers
    return {};
  }
  if (!at(to).listens) {
    refuse(from, to, channel);
    return {};
  }
  link.open = true;
  link.ghost = false;
  link.failures = 0;
  const Instant greeted = schedule_.now() + draw_delay() + draw_delay();
  Flow& flow = wire(from, to).flows[number(channel)];
  flow.last_arrival = std::max(flow.last_arrival, greeted);
  return {};
}

Status Network::send(Board from, Board to, Channel channel, size_t size_bytes,
                     std::function<void()> deliver) {
  if (!connection(from, to, channel).open) {
    if (connection(from, to, channel).ghost) {
      if (!at(to).powered) give_up_later(from, to, channel);
      else refuse(from, to, channel);
      return {};
    }
    ES_CHECK(dial(from, to, channel));
    if (!connection(from, to, channel).open) return {};
  }
  if (prng_.below(1'000) < options_.connection_break_per_mille) {
    break_connection(from, to, channel);
    return {};
  }
  Wire& way = wire(from, to);
  Flow& flow = way.flows[number(channel)];
  size_t queued = flow.stalled_bytes;
  if (way.bytes_per_second != 0 && flow.busy_until > schedule_.now()) {
    const auto wait_ns = static_cast<uint64_t>((flow.busy_until - schedule_.now()).ns);
    queued += static_cast<size_t>(wait_ns / 1'000 * way.bytes_per_second / 1'000'000);
  }
  if (queued + size_bytes > kSendQueueBytes) return Error{Errc::kLimit, "the queue is full"};
  if (!passes(from, to) || !flow.stalled.empty()) {
    flow.stalled.push_back({size_bytes, std::move(deliver)});
    flow.stalled_bytes += size_bytes;
    give_up_later(from, to, channel);
    return {};
  }
  transmit(from, to, channel, {size_bytes, std::move(deliver)});
  if (!passes(to, from)) give_up_later(from, to, channel);  // acknowledgements have to come back
  return {};
}

void Network::transmit(Board from, Board to, Channel channel, Message message) {
  Wire& way = wire(from, to);
  Flow& flow = way.flows[number(channel)];
  Instant leaves = schedule_.now();
  if (way.bytes_per_second != 0) {
    const uint64_t takes_ns = uint64_t{message.size_bytes} * 1'000'000'000 / way.bytes_per_second;
    leaves = std::max(leaves, flow.busy_until) + nanoseconds(static_cast<int64_t>(takes_ns));
    flow.busy_until = leaves;
  }
  flow.last_arrival = std::max(flow.last_arrival, leaves + draw_delay() + way.delay);
  flow.on_wire.push_back(std::move(message));
  schedule_.at(flow.last_arrival, [this, from, to, channel, epoch = flow.epoch] { arrive(from, to, channel, epoch); });
}

void Network::arrive(Board from, Board to, Channel channel, uint64_t epoch) {
  Flow& flow = wire(from, to).flows[number(channel)];
  if (flow.epoch != epoch) return;
  Message message = std::move(flow.on_wire.front());
  flow.on_wire.pop_front();
  if (passes(from, to)) return message.deliver();
  flow.stalled_bytes += message.size_bytes;
  flow.stalled.push_back(std::move(message));
  give_up_later(from, to, channel);
}

// What waits for a wire moves at the wire's new speed.
void Network::plan_again(Board from, Board to, Channel channel) {
  Flow& flow = wire(from, to).flows[number(channel)];
  ++flow.epoch;
  flow.last_arrival = flow.busy_until = schedule_.now();
  for (Message& message : std::exchange(flow.on_wire, {})) transmit(from, to, channel, std::move(message));
}

void Network::send_datagram(Board from, Board to, std::function<void()> deliver) {
  if (deaf_.contains(from) || deaf_.contains(to)) return;
  if (!passes(from, to) || prng_.below(1'000) < options_.datagram_loss_per_mille) return;
  const auto carry = [&](std::function<void()> what) {
    const Wire& way = wire(from, to);
    Duration delay = draw_delay() + way.delay;
    if (options_.datagram_late_per_mille > 0 &&
        prng_.below(1'000) < options_.datagram_late_per_mille) {
      const auto range = static_cast<uint64_t>(options_.late_max.ns);
      delay = delay + nanoseconds(static_cast<int64_t>(prng_.below(range + 1)));
    }
    const Instant busy = std::max(way.flows[0].busy_until, way.flows[1].busy_until);
    if (way.bytes_per_second != 0 && busy > schedule_.now()) {
      if (busy - schedule_.now() > kDatagramQueueMax) return;
      delay = delay + (busy - schedule_.now());
    }
    schedule_.after(delay, [this, from, to, what = std::move(what)] {
      if (passes(from, to)) what();
    });
  };
  const bool twice = options_.datagram_double_per_mille > 0 &&
                     prng_.below(1'000) < options_.datagram_double_per_mille;
  if (twice) carry(deliver);
  carry(std::move(deliver));
}

// What was cut is not acknowledged: TCP tries for a while and breaks the connection then, with all
// that was sent since, unless the way is open again.
void Network::give_up_later(Board from, Board to, Channel channel) {
  Connection& link = connection(from, to, channel);
  if (link.giving_up) return;
  link.giving_up = true;
  schedule_.after(kSilenceTimeout, [this, from, to, channel, generation = link.generation] {
    Connection& now = connection(from, to, channel);
    if (now.generation != generation) return;
    now.giving_up = false;
    const bool usable = passes(from, to) && passes(to, from) && at(from).powered && at(to).powered;
    if (now.open && usable) return;
    failed_dial(now);
    if (now.open) break_connection(from, to, channel);
    else {
      lose(from, to, channel);
      tell(from, to, channel);
    }
  });
}

// The connection and all that is on it are gone.
void Network::lose(Board a, Board b, Channel channel) {
  Connection& link = connection(a, b, channel);
  ++link.generation;
  link.open = false;
  link.ghost = false;
  link.giving_up = false;
  for (Flow* flow : {&wire(a, b).flows[number(channel)], &wire(b, a).flows[number(channel)]}) {
    flow->stalled.clear();
    flow->stalled_bytes = 0;
    flow->on_wire.clear();
    ++flow->epoch;
    flow->busy_until = schedule_.now();
  }
}

void Network::tell(Board at, Board peer, Channel channel) {
  schedule_.after(options_.delay_min, [this, at, peer, channel] {
    if (broken_) broken_(at, peer, channel);
  });
}

void Network::break_connection(Board a, Board b, Channel channel) {
  lose(a, b, channel);
  tell(a, b, channel);
  tell(b, a, channel);
}

// Nobody listens at `to`: its kernel says so to `from`.
void Network::refuse(Board from, Board to, Channel channel) {
  Connection& link = connection(from, to, channel);
  lose(from, to, channel);
  failed_dial(link);
  tell(from, to, channel);
}

void Network::failed_dial(Connection& link) {
  link.no_dial_before = schedule_.now() + kBackoffMin * (int64_t{1} << link.failures);
  link.failures = std::min(link.failures + 1, kMaxDoublings);
}

Status Network::dial_nobody(Board from, Board to, Channel channel) {
  Connection& link = connection(from, to, channel);
  if (schedule_.now() < link.no_dial_before) return unavailable("the last dial failed");
  if (link.giving_up) return {};
  link.giving_up = true;
  schedule_.after(kSilenceTimeout, [this, from, to, channel, generation = link.generation] {
    Connection& now = connection(from, to, channel);
    if (now.generation != generation) return;
    now.giving_up = false;
    failed_dial(now);
    if (!now.open) tell(from, to, channel);
  });
  return {};
}

void Network::close(Board a, Board b) {
  for (const Channel channel : {Channel::kControl, Channel::kBulk}) {
    if (!connection(a, b, channel).open) continue;
    lose(a, b, channel);
    tell(b, a, channel);
  }
}

void Network::cut(Board from, Board to) {
  changed_at_ = schedule_.now();
  wire(from, to).cut = true;
}

void Network::slow(Board from, Board to, Duration delay) {
  changed_at_ = schedule_.now();
  wire(from, to).delay = delay;
}

bool Network::is_calm() const {
  for (const auto& row : wires_) {
    for (const Wire& way : row) {
      if (way.cut || way.bytes_per_second != 0 || way.delay.ns != 0) return false;
    }
  }
  return options_.datagram_loss_per_mille < 100;
}

void Network::mend(Board from, Board to) {
  changed_at_ = schedule_.now();
  wire(from, to).cut = false;
  for (const Channel channel : {Channel::kControl, Channel::kBulk}) {
    Flow& flow = wire(from, to).flows[number(channel)];
    if (flow.stalled.empty()) continue;
    // What was sent after the stalled ones may be on its way still, and is not to overtake them.
    std::ranges::move(flow.on_wire, std::back_inserter(flow.stalled));
    flow.on_wire = std::exchange(flow.stalled, {});
    flow.stalled_bytes = 0;
    plan_again(from, to, channel);
  }
}

void Network::clog(Board from, Board to, uint64_t bytes_per_second) {
  changed_at_ = schedule_.now();
  wire(from, to).bytes_per_second = bytes_per_second;
  for (const Channel channel : {Channel::kControl, Channel::kBulk}) plan_again(from, to, channel);
}

void Network::heal() {
  changed_at_ = schedule_.now();
  for (Board from = 0; from < wires_.size(); ++from) {
    for (Board to = 0; to < wires_[from].size(); ++to) {
      Wire& way = wires_[from][to];
      way.delay = {};
      if (way.bytes_per_second != 0) clog(from, to, 0);
      if (way.cut) mend(from, to);
    }
  }
}

void Network::cut_off(Board board, Board boards) {
  for (Board other = 0; other < boards; ++other) {
    if (other == board) continue;
    cut(board, other);
    cut(other, board);
  }
}

void Network::power_off(Board board) {
  at(board) = {false, false};
  const size_t boards = std::max(wires_.size(), hosts_.size());
  for (Board other = 0; other < boards; ++other) {
    for (const Channel channel : {Channel::kControl, Channel::kBulk}) {
      if (other == board || !connection(board, other, channel).open) continue;
      lose(board, other, channel);
      connection(board, other, channel).ghost = true;
    }
  }
}

void Network::daemon_died(Board board) {
  at(board).listens = false;
  for (Board other = 0; other < hosts_.size(); ++other) {
    if (other == board) continue;
    for (const Channel channel : {Channel::kControl, Channel::kBulk}) {
      if (!connection(board, other, channel).open) continue;
      const bool heard = passes(board, other);
      lose(board, other, channel);
      if (heard) tell(other, board, channel);
      else connection(board, other, channel).ghost = true;
    }
  }
}

}  // namespace es::sim
