#include "tests/sim/cluster.h"

#include <algorithm>
#include <utility>

namespace es::sim {

namespace {

constexpr Duration kCheckInterval = milliseconds(5);
constexpr Duration kLivenessInterval = milliseconds(500);

std::string random_bytes(Prng& prng, size_t count) {
  std::string bytes;
  while (bytes.size() < count) bytes.push_back(static_cast<char>(prng.next()));
  return bytes;
}

}  // namespace

Cluster::Cluster(ClusterOptions options)
    : options_(options),
      prng_(options.seed),
      world_(std::make_unique<World>(prng_.next(), options.network)) {
  world_->sync_time = options.sync_time;
  world_->bounds = options.bounds;
  world_->store_queue_max = options.store_queue_max;
  secrets_ = {random_bytes(prng_, 16), random_bytes(prng_, 16)};
  world_->network.on_break([this](size_t at, size_t peer, ports::Channel channel) {
    boards_[at]->peer_broke(peer, channel);
  });
}

Board& Cluster::add(const std::string& name, NodeDescription description, NodeRole role,
                    NodeAvailability availability, std::string ip) {
  const size_t index = boards_.size();
  description.hostname = name;
  std::replace(description.hostname.begin(), description.hostname.end(), '/', '-');  // stories say manager/1; no host name does
  if (ip.empty()) ip = "10.77." + std::to_string(index / 250) + "." + std::to_string(index % 250 + 1);
  boards_.push_back(std::make_unique<Board>(*world_, index, name, std::move(description),
                                            SocketAddress{std::move(ip), 2377}, prng_.next(),
                                            [this](size_t at) -> Board& { return *boards_[at]; }));
  Board& board = *boards_.back();
  if (index == 0) {
    es::Cluster cluster;
    cluster.id = ClusterId::draw(prng_);
    cluster.join_secrets = secrets_;
    cluster.gossip_keys = {random_bytes(prng_, 16)};
    cluster.next_raft_id = 2;
    board.init(cluster, availability);
  } else {
    board.join(0, role == NodeRole::kManager ? secrets_.manager : secrets_.worker, availability);
  }
  return board;
}

Board* Cluster::find(const std::string& name) {
  for (const auto& board : boards_) {
    if (board->name() == name) return board.get();
  }
  return nullptr;
}

// Whoever worked on something is looked at before anything else happens.
void Cluster::look() {
  for (const size_t index : std::exchange(world_->touched, {})) {
    boards_[index]->looked_at();
    invariants_.check(*boards_[index]);
  }
}

void Cluster::run(Duration time) {
  Schedule& schedule = world_->schedule;
  const Instant end = schedule.now() + time;
  look();
  while (schedule.has_before(end)) {
    schedule.step();
    if (!world_->touched.empty()) look();
    if (schedule.now() < next_liveness_check_) continue;
    next_liveness_check_ = schedule.now() + kLivenessInterval;
    invariants_.check_liveness(boards_, *world_);
  }
  schedule.run_until(end);
}

bool Cluster::run_until(Duration time, const std::function<bool()>& condition) {
  const Instant end = world_->schedule.now() + time;
  while (!condition()) {
    if (world_->schedule.now() >= end) return false;
    run(kCheckInterval);
  }
  return true;
}

Board* Cluster::leader() {
  Board* found = nullptr;
  for (const auto& board : boards_) {
    if (!board->is_up() || !board->node()->leads()) continue;
    if (found == nullptr ||
        board->node()->replica()->raft().term() > found->node()->replica()->raft().term()) {
      found = board.get();
    }
  }
  return found;
}

const state::Tables* Cluster::tables() {
  if (Board* board = leader()) return board->node()->tables();
  for (const auto& board : boards_) {
    if (board->is_up() && board->node()->tables() != nullptr) return board->node()->tables();
  }
  return nullptr;
}

Result<orchestrator::CommandAnswer> Cluster::command(orchestrator::Command command) {
  auto outcome = std::make_shared<std::optional<Result<orchestrator::CommandAnswer>>>();
  run_until(seconds(10), [&] { return leader() != nullptr; });
  Board* board = leader();
  if (board == nullptr) return unavailable("nobody leads");
  board->command(std::move(command), [outcome](Result<orchestrator::CommandAnswer> answer) { *outcome = std::move(answer); });
  run_until(seconds(30), [&] { return outcome->has_value(); });
  if (!*outcome) return Error{Errc::kTimeout, "no answer"};
  return std::move(**outcome);
}

void Cluster::kill_daemon(Board& board) {
  board.kill_daemon();
}

void Cluster::power_off(Board& board) { board.power_off(); }

void Cluster::start(Board& board) { board.start(); }

void Cluster::cut(Board& board) { world_->network.cut_off(board.index(), boards_.size()); }

void Cluster::heal() { world_->network.heal(); }

}  // namespace es::sim
