#include "tests/sim/board.h"

#include <algorithm>
#include <utility>

#include "core/wire/codec.h"

namespace es::sim {

namespace {

constexpr Duration kJoinRetry = seconds(2);
constexpr Duration kCommandPatience = seconds(20);

}  // namespace

Board::Board(World& world, size_t index, std::string name, NodeDescription description,
             SocketAddress address, uint64_t seed, Peers peers)
    : world_(world),
      index_(index),
      name_(std::move(name)),
      description_(std::move(description)),
      address_(std::move(address)),
      seeds_(seed),
      peers_(std::move(peers)),
      disk_(world.schedule, world.sync_time, world.store_queue_max),
      runtime_(world.schedule, world.script),
      images_(runtime_) {
  world_.board_by_ip[address_.ip] = index_;
}

Board::~Board() {
  *exists_ = false;
  driver_.reset();
}

void Board::init(const Cluster& cluster, NodeAvailability availability) {
  es::Node self;
  self.id = NodeId::draw(seeds_);
  self.spec.role = NodeRole::kManager;
  self.spec.availability = availability;
  self.certificate_role = NodeRole::kManager;
  self.description = description_;
  self.address = address_;
  self.manager = ManagerInfo{1};
  disk_.write_now(node::Node::first_manager(cluster, self, world_.wall()));
  signer_.set_identity({cluster.id, self.id, NodeRole::kManager});
  start();
}

void Board::join(size_t manager, const std::string& secret, NodeAvailability availability) {
  joining_ = Joining{manager, secret, availability};
  ask_to_join();
}

void Board::ask_to_join() {
  if (!joining_ || driver_) return;
  wire::JoinRequest request;
  request.secret = joining_->secret;
  request.signing_request = signer_.make_request();
  request.description = description_;
  request.address = address_;
  request.availability = joining_->availability;
  Board& manager = peers_(joining_->manager);
  std::string bytes = wire::encode(driver::Envelope{node::Message{request}});
  const size_t size_bytes = bytes.size();
  static_cast<void>(world_.network.send(
      index_, manager.index_, ports::Channel::kControl, size_bytes, [this, &manager, bytes = std::move(bytes)] {
        if (manager.driver_) manager.driver_->on_stranger(index_, address_, bytes);
      }).ok());  // asked again
  world_.schedule.after(kJoinRetry, [this] { ask_to_join(); });
}

void Board::joined(std::string_view answer) {
  const auto envelope = wire::decode<driver::Envelope>(answer);
  ES_ASSERT(envelope.ok());
  const auto* reply = std::get_if<wire::JoinReply>(&std::get<node::Message>(envelope->content).body);
  ES_ASSERT(reply != nullptr);
  if (!joining_ || driver_ || !reply->error.empty()) return;
  joining_.reset();
  disk_.write_now(node::Node::joined(reply->membership));
  if (!signer_.install(reply->certificate, reply->membership.role).ok()) violation_ = name_ + " got a certificate that it cannot use";
  start();
}

void Board::start() {
  powered_ = true;
  if (driver_ || membership_lost_) return;
  const ports::Loaded loaded = disk_.load().value();
  const auto membership = node::Node::membership_on(loaded);
  ES_ASSERT(membership.ok());
  if (!*membership) return;  // it never got in
  ++life_;
  changed_at_ = world_.schedule.now();
  id_ = (*membership)->node;
  world_.board_by_node[id_] = index_;
  gossip_keys_ = (*membership)->gossip_keys;
  node::NodeOptions options;
  options.description = description_;
  options.address = address_;
  options.seed = seeds_.next();
  options.bounds = world_.bounds;
  auto started = driver::Driver::start({*this, disk_, *this, signer_, images_, runtime_, *this},
                                       std::move(options), loaded, runtime_.adopt().value());
  if (!started.ok()) {
    violation_ = name_ + " does not start: " + started.error().message;
    touch();
    return;
  }
  driver_ = std::move(started).value();
  runtime_.set_listener([this](TaskId task, ports::ContainerEvent event) {
    if (driver_) driver_->container_event(task, std::move(event));
  });
  world_.network.listen(index_);
  driver_->begin();
}

void Board::force_new_cluster() {
  ES_ASSERT(!is_up());
  const auto batch = node::Node::forced_new_cluster(disk_.content(), {}, world_.wall());
  ES_ASSERT(batch.ok());
  disk_.write_now(*batch);
}

void Board::kill_daemon() {
  ++life_;
  if (driver_) changed_at_ = world_.schedule.now();
  news_.clear();
  touch();
  dialled_.clear();
  world_.network.daemon_died(index_);
  runtime_.set_listener(nullptr);
  signer_.daemon_died();
  disk_.power_off();  // the writes that were under way are of no daemon any more
  wake_at_ = kNever;
  if (!driver_) return;
  // Whoever is told that no answer comes may stand in the middle of one.
  world_.schedule.after({}, [dying = std::exchange(driver_, nullptr)] {});
}

void Board::power_off() {
  world_.network.power_off(index_);
  powered_ = false;
  kill_daemon();
  runtime_.power_off();
}

void Board::command(orchestrator::Command command, Answer answer) {
  if (!driver_) return answer(unavailable("no daemon"));
  const auto waiting = std::make_shared<Answer>(std::move(answer));
  const auto give = [waiting, exists = exists_](Result<orchestrator::CommandAnswer> outcome) {
    if (*exists && *waiting) std::exchange(*waiting, nullptr)(std::move(outcome));
  };
  world_.schedule.after(kCommandPatience, [give] { give(Error{Errc::kTimeout, "no answer"}); });
  driver_->submit(std::move(command), give);
}

void Board::read(std::function<void(Status)> answer) {
  if (!driver_) return answer(unavailable("no daemon"));
  driver_->barrier([exists = exists_, answer = std::move(answer)](Status status) {
    if (*exists) answer(std::move(status));
  });
}

void Board::handle(node::EventBody body) {
  if (driver_) driver_->handle(std::move(body));
}

void Board::working_on(const node::Event& event) {
  ++world_.steps;
  world_.trace.add(static_cast<uint64_t>(event.now.ns));
  world_.trace.add(index_);
  world_.trace.add(event.body.index());
  touch();
  world_.note(name_, [&] { return "<- " + describe(event.body); });
}

void Board::carrying_out(const node::Effect& effect) {
  world_.note(name_, [&] { return "   -> " + describe(effect); });
}

void Board::log(std::string line) {
  world_.note(name_, [&] { return "says: " + line; });
}

void Board::touch() {
  if (std::exchange(touched_, true)) return;
  world_.touched.push_back(index_);
}

void Board::wake_at(Instant at) {
  if (at == wake_at_) return;
  wake_at_ = at;
  if (at == kNever) return;
  world_.schedule.at(at, while_alive([this, at] {
    if (wake_at_ != at) return;
    wake_at_ = kNever;
    driver_->wake();
  }));
}

std::function<void()> Board::while_alive(std::function<void()> action) {
  return [this, life = life_, action = std::move(action)] {
    if (life == life_ && driver_) action();
  };
}

void Board::peer_broke(size_t peer, ports::Channel channel) {
  if (driver_ && !peers_(peer).id_.empty()) driver_->on_peer_lost(peers_(peer).id_, channel);
}

// Managers on the LAN answer, and prove by their certificate who they are.
void Board::seek_managers() {
  for (const auto& [ip, index] : world_.board_by_ip) {
    if (index == index_) continue;
    world_.schedule.after(milliseconds(2), while_alive([this, at = index] {
      const Board& peer = peers_(at);
      if (!peer.driver_ || peer.node()->tables() == nullptr || !world_.network.reaches(index_, at)) return;
      if (peer.signer_.identity()->cluster != signer_.identity()->cluster) return;
      driver_->on_manager_found(peer.id_, peer.address_);
    }));
  }
}

Status Board::send(NodeId to, const SocketAddress& address, ports::Channel channel, std::string bytes) {
  const auto found = world_.board_by_node.find(to);
  if (found == world_.board_by_node.end()) return unavailable("nobody knows the node");
  Board& peer = peers_(found->second);
  if (!address.ip.empty()) dialled_[to] = address;
  if (!world_.network.connected(index_, peer.index_, channel)) {
    const auto known = dialled_.find(to);
    if (known == dialled_.end()) return unavailable("there is no address of the node");
    const auto there = world_.board_by_ip.find(known->second.ip);
    if (there == world_.board_by_ip.end() || there->second != peer.index_) {
      return world_.network.dial_nobody(index_, peer.index_, channel);
    }
  }
  ES_ASSERT(signer_.identity().has_value());
  const size_t size_bytes = bytes.size();
  return world_.network.send(index_, peer.index_, channel, size_bytes,
                             [&peer, from = *signer_.identity(), to, bytes = std::move(bytes)] {
                               peer.deliver(from, to, bytes);
                             });
}

void Board::deliver(const PeerIdentity& from, NodeId to, std::string_view bytes) {
  if (id_ != to || !driver_) return;
  world_.trace.add(bytes);
  driver_->on_message(from, bytes);
}

void Board::disconnect(NodeId node) {
  const auto found = world_.board_by_node.find(node);
  if (found != world_.board_by_node.end() && found->second != index_) {
    world_.network.close(index_, found->second);
  }
}

void Board::move(const std::string& ip) {
  if (world_.board_by_ip[address_.ip] == index_) world_.board_by_ip.erase(address_.ip);
  address_.ip = ip;
  changed_at_ = world_.schedule.now();
  world_.board_by_ip[ip] = index_;
  world_.network.daemon_died(index_);
  if (driver_) world_.network.listen(index_);
}

void Board::wipe() {
  ES_ASSERT(!driver_);
  disk_.wipe();
  signer_.erase();
  runtime_.power_off();
  membership_lost_ = false;
}

void Board::reply(uint64_t connection, std::string bytes) {
  Board& stranger = peers_(connection);
  const size_t size_bytes = bytes.size();
  static_cast<void>(world_.network.send(index_, stranger.index_, ports::Channel::kControl, size_bytes,
                                        [&stranger, bytes = std::move(bytes)] {
                                          stranger.joined(bytes);
                                        }).ok());  // it asks again
}

bool Board::opens(const std::string& key) const {
  return std::find(gossip_keys_.begin(), gossip_keys_.end(), key) != gossip_keys_.end();
}

void Board::send_datagram(const SocketAddress& to, std::string_view bytes) {
  const auto found = world_.board_by_ip.find(to.ip);
  if (found == world_.board_by_ip.end()) return;
  Board& peer = peers_(found->second);
  const SocketAddress from{address_.ip, to.port};
  world_.network.send_datagram(index_, peer.index_, [&peer, from, key = gossip_keys_.front(), bytes = std::string(bytes)] {
    if (peer.driver_ && peer.opens(key)) peer.driver_->on_datagram(from, bytes);
  });
}

void Board::send_sync(const SocketAddress& to, std::string_view bytes) {
  const auto found = world_.board_by_ip.find(to.ip);
  if (found == world_.board_by_ip.end()) return;
  Board& peer = peers_(found->second);
  world_.network.send_datagram(index_, peer.index_, [&peer, key = gossip_keys_.front(), bytes = std::string(bytes)] {
    if (peer.driver_ && peer.opens(key)) peer.driver_->on_sync(bytes);
  });
}

void Board::ended(std::string) {
  membership_lost_ = true;
  world_.schedule.after(milliseconds(1), while_alive([this] {
    kill_daemon();
    disk_.wipe();
    signer_.erase();
  }));
}

}  // namespace es::sim
