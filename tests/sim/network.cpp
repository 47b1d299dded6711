#include "tests/sim/network.h"

#include <algorithm>

namespace es::sim {

namespace {

// How long until TCP gives a silent peer up (TCP_USER_TIMEOUT of the transport).
constexpr Duration kSilenceTimeout = seconds(3);

std::pair<size_t, size_t> pair_of(size_t a, size_t b) { return {std::min(a, b), std::max(a, b)}; }

}  // namespace

Instant Network::arrival(Board from, Board to) {
  const auto spread = static_cast<uint64_t>((options_.delay_max - options_.delay_min).ns) + 1;
  const Instant drawn =
      schedule_.now() + options_.delay_min + nanoseconds(static_cast<int64_t>(prng_.below(spread)));
  Instant& last = last_arrival_[{from, to}];
  last = std::max(drawn, last);
  return last;
}

void Network::send(Board from, Board to, std::function<void()> deliver) {
  if (!passes(from, to) || !passes(to, from)) {  // acknowledgements have to come back
    give_up_later(from, to);
    return;
  }
  if (prng_.below(1'000) < options_.connection_break_per_mille) {
    break_connection(from, to);
    return;
  }
  const uint64_t generation = generation_[pair_of(from, to)];
  schedule_.at(arrival(from, to), [this, from, to, generation, deliver = std::move(deliver)] {
    if (generation_[pair_of(from, to)] != generation) return;
    if (passes(from, to)) deliver();
    else give_up_later(from, to);
  });
}

void Network::send_datagram(Board from, Board to, std::function<void()> deliver) {
  if (deaf_.contains(from) || deaf_.contains(to)) return;
  if (!passes(from, to) || prng_.below(1'000) < options_.datagram_loss_per_mille) return;
  const auto spread = static_cast<uint64_t>((options_.delay_max - options_.delay_min).ns) + 1;
  const Duration delay = options_.delay_min + nanoseconds(static_cast<int64_t>(prng_.below(spread)));
  schedule_.after(delay, [this, from, to, deliver = std::move(deliver)] {
    if (passes(from, to)) deliver();
  });
}

// What was cut is not acknowledged: TCP tries for a while and breaks the connection then, with all that was sent since.
void Network::give_up_later(Board from, Board to) {
  const uint64_t generation = generation_[pair_of(from, to)];
  schedule_.after(kSilenceTimeout, [this, from, to, generation] {
    if (generation_[pair_of(from, to)] == generation) break_connection(from, to);
  });
}

void Network::break_connection(Board a, Board b) {
  ++generation_[pair_of(a, b)];
  schedule_.after(options_.delay_min, [this, a, b] {
    if (!broken_) return;
    broken_(a, b);
    broken_(b, a);
  });
}

bool Network::connected(Board a, Board b) const {
  const auto open = connected_.find(pair_of(a, b));
  const auto now = generation_.find(pair_of(a, b));
  return open != connected_.end() && now != generation_.end() && open->second == now->second;
}

void Network::connect(Board a, Board b) { connected_[pair_of(a, b)] = generation_[pair_of(a, b)]; }

void Network::cut_off(Board board, Board boards) {
  for (Board other = 0; other < boards; ++other) {
    if (other == board) continue;
    cut(board, other);
    cut(other, board);
  }
}

void Network::power_off(Board board) {
  for (auto& [pair, generation] : generation_) {
    if (pair.first == board || pair.second == board) ++generation;
  }
}

}  // namespace es::sim
