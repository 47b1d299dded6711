#include "tests/sim/board.h"

#include <utility>

#include "core/wire/codec.h"

namespace es::sim {

namespace {

constexpr Duration kJoinRetry = seconds(2);
constexpr Duration kCommandPatience = seconds(20);

}  // namespace

Board::Board(World& world, size_t index, std::string name, NodeDescription description, SocketAddress address,
             uint64_t seed, Peers peers)
    : world_(world),
      index_(index),
      name_(std::move(name)),
      description_(std::move(description)),
      address_(std::move(address)),
      seeds_(seed),
      peers_(std::move(peers)),
      disk_(world.schedule, world.sync_time),
      runtime_(world.schedule, world.script) {
  world_.board_by_ip[address_.ip] = index_;
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
  certificate_role_ = NodeRole::kManager;
  start();
}

void Board::join(size_t manager, const std::string& secret, NodeAvailability availability) {
  joining_ = Joining{manager, secret, availability};
  ask_to_join();
}

void Board::ask_to_join() {
  if (!joining_ || node_) return;
  wire::JoinRequest request;
  request.secret = joining_->secret;
  request.signing_request = "request of " + name_;
  request.description = description_;
  request.address = address_;
  request.availability = joining_->availability;
  Board& manager = peers_(joining_->manager);
  world_.network.send(index_, manager.index_, [this, &manager, request] {
    manager.handle(node::StrangerMessage{index_, address_.ip, {request}});
  });
  world_.schedule.after(kJoinRetry, [this] { ask_to_join(); });
}

void Board::joined(const wire::JoinReply& reply) {
  if (!joining_ || node_ || !reply.error.empty()) return;
  joining_.reset();
  disk_.write_now(node::Node::joined(reply.membership));
  certificate_role_ = reply.membership.role;
  start();
}

void Board::start() {
  if (node_ || membership_lost_) return;
  const auto membership = node::Node::membership_on(disk_.content());
  ES_ASSERT(membership.ok());
  if (!*membership) return;  // it never got in
  ++life_;
  id_ = (*membership)->node;
  certificate_role_ = (*membership)->role;
  world_.board_by_node[id_] = index_;
  node::NodeOptions options;
  options.description = description_;
  options.address = address_;
  options.seed = seeds_.next();
  auto started = node::Node::start(std::move(options), world_.schedule.now(), world_.wall(), disk_.content(),
                                   runtime_.adopt());
  ES_ASSERT(started.ok());
  node_ = std::move(started).value();
  runtime_.connect([this](TaskId task, ports::ContainerEvent event) {
    handle(node::ContainerChanged{task, std::move(event)});
  });
  handle(node::Tick{});
}

void Board::kill_daemon() {
  ++life_;
  node_.reset();
  inbox_.clear();
  runtime_.disconnect();
  disk_.power_off();  // the writes that were under way are of no daemon any more
  wake_at_ = kNever;
  for (auto& [request, answer] : std::exchange(commands_, {})) answer(unavailable("the daemon died"));
  for (auto& [request, answer] : std::exchange(reads_, {})) answer(unavailable("the daemon died"));
}

void Board::power_off() {
  kill_daemon();
  runtime_.power_off();
  world_.network.power_off(index_);
}

void Board::command(orchestrator::Command command, Answer answer) {
  if (!node_) return answer(unavailable("no daemon"));
  const uint64_t request = ++last_request_;
  commands_[request] = std::move(answer);
  world_.schedule.after(kCommandPatience, [this, request] {
    if (auto waiting = commands_.extract(request)) waiting.mapped()(Error{Errc::kTimeout, "no answer"});
  });
  handle(node::ClientCommand{request, std::move(command)});
}

void Board::read(std::function<void(Status)> answer) {
  if (!node_) return answer(unavailable("no daemon"));
  const uint64_t request = ++last_request_;
  reads_[request] = std::move(answer);
  handle(node::ClientRead{request});
}

// An event that comes while another is worked on (an answer that is there at once) waits for its turn.
void Board::handle(node::EventBody body) {
  if (!node_) return;
  inbox_.push_back(std::move(body));
  if (stepping_) return;
  stepping_ = true;
  while (node_ && !inbox_.empty()) {
    node::Event event{world_.schedule.now(), world_.wall(), std::move(inbox_.front())};
    inbox_.pop_front();
    trace(event.body);
    node::Effects effects;
    node_->step(event, effects);
    carry_out(effects);
    if (node_) wake(effects.wake_at);
  }
  stepping_ = false;
}

void Board::trace(const node::EventBody& body) {
  ++world_.steps;
  world_.trace.add(static_cast<uint64_t>(world_.schedule.now().ns));
  world_.trace.add(index_);
  world_.trace.add(body.index());
  if (const auto* message = std::get_if<node::PeerMessage>(&body)) world_.trace.add(wire::encode(message->message));
}

void Board::wake(Instant at) {
  if (at == kNever || at >= wake_at_) return;
  wake_at_ = at;
  world_.schedule.at(at, while_alive([this, at] {
    if (wake_at_ != at) return;
    wake_at_ = kNever;
    handle(node::Tick{});
  }));
}

std::function<void()> Board::while_alive(std::function<void()> action) {
  return [this, life = life_, action = std::move(action)] {
    if (life == life_ && node_) action();
  };
}

void Board::peer_broke(size_t peer) {
  if (node_) handle(node::PeerLost{peers_(peer).id_});
}

void Board::carry_out(node::Effects& effects) {
  for (node::Effect& effect : effects.list) {
    std::visit([this](auto& one) { carry_out(one); }, effect);
  }
}

void Board::carry_out(node::SendMessage& effect) {
  const auto to = world_.board_by_node.find(effect.to);
  if (to == world_.board_by_node.end()) return;
  Board& peer = peers_(to->second);
  const PeerIdentity from{node_->membership().cluster, id_, certificate_role_};
  // Through the codec, as on a real wire.
  world_.network.send(index_, peer.index_, [this, &peer, from, to_id = effect.to, bytes = wire::encode(effect.message)] {
    if (peer.id_ != to_id) return;
    if (!peer.is_up()) {
      peer_broke(peer.index_);  // nobody listens: reset
      return;
    }
    auto message = wire::decode<node::Message>(bytes);
    ES_ASSERT(message.ok());
    peer.handle(node::PeerMessage{from, address_, std::move(*message)});
  });
}

void Board::carry_out(node::AnswerStranger& effect) {
  Board& stranger = peers_(effect.connection);
  const auto* reply = std::get_if<wire::JoinReply>(&effect.message.body);
  ES_ASSERT(reply != nullptr);
  world_.network.send(index_, stranger.index_, [&stranger, reply = *reply] { stranger.joined(reply); });
}

void Board::carry_out(node::SendDatagram& effect) {
  const auto to = world_.board_by_ip.find(effect.to.ip);
  if (to == world_.board_by_ip.end()) return;
  Board& peer = peers_(to->second);
  const SocketAddress from{address_.ip, effect.to.port};
  world_.network.send_datagram(index_, peer.index_, [&peer, from, bytes = std::move(effect.bytes)] {
    peer.handle(node::GossipDatagram{from, bytes});
  });
}

void Board::carry_out(node::SendSync& effect) {
  const auto to = world_.board_by_ip.find(effect.to.ip);
  if (to == world_.board_by_ip.end()) return;
  Board& peer = peers_(to->second);
  world_.network.send_datagram(index_, peer.index_, [&peer, bytes = std::move(effect.bytes)] {
    peer.handle(node::GossipSync{bytes});
  });
}

void Board::carry_out(node::Persist& effect) {
  disk_.write(std::move(effect.batch), while_alive([this, id = effect.id] { handle(node::Persisted{id, {}}); }));
}

void Board::carry_out(node::AnswerCommand& effect) {
  if (auto waiting = commands_.extract(effect.request)) waiting.mapped()(std::move(effect.outcome));
}

void Board::carry_out(node::AnswerRead& effect) {
  if (auto waiting = reads_.extract(effect.request)) waiting.mapped()(std::move(effect.status));
}

void Board::carry_out(node::SignCertificate& effect) {
  world_.schedule.after(milliseconds(1), while_alive([this, request = effect.request, subject = effect.subject] {
    handle(node::CertificateSigned{request, wire::encode(subject)});
  }));
}

void Board::carry_out(node::MakeSigningRequest&) {
  world_.schedule.after(milliseconds(1),
                        while_alive([this] { handle(node::SigningRequestMade{"request of " + name_}); }));
}

void Board::carry_out(node::InstallCertificate& effect) { certificate_role_ = effect.role; }

void Board::carry_out(node::ForgetCluster&) {
  membership_lost_ = true;
  world_.schedule.after(milliseconds(1), while_alive([this] {
    kill_daemon();
    disk_.wipe();
  }));
}

void Board::carry_out(agent::PrepareTask& effect) {
  runtime_.prepare(effect, [this, life = life_, task = effect.task](Result<agent::Prepared> outcome) {
    if (life == life_) handle(node::TaskPrepared{task, std::move(outcome)});
  });
}

void Board::carry_out(agent::StartContainer& effect) { runtime_.start(effect.config); }

void Board::carry_out(agent::StopContainer& effect) { runtime_.stop(effect.task); }

void Board::carry_out(agent::RemoveContainer& effect) { runtime_.remove(effect.task); }

}  // namespace es::sim
