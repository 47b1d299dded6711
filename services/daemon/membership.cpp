// Daemon: how a membership begins and ends.

#include <utility>

#include "platform/linux/crypto/authority.h"
#include "platform/linux/crypto/random.h"
#include "platform/linux/files/remove_tree.h"
#include "services/daemon/daemon.h"
#include "services/daemon/network_address.h"
#include "services/daemon/wall_clock.h"

namespace es::daemon {

namespace {

const Error kAlreadyMember{Errc::kUnavailable,
                           "This node is already part of a swarm. Use \"docker swarm leave\" (or \"edgeswarm leave\") to "
                           "leave this swarm and join another one."};

// The goodbyes of a node that leaves go out before its sockets close.
constexpr Duration kFarewellTime = milliseconds(300);

constexpr Duration kAddressWatch = seconds(10);

Result<SocketAddress> listen_address(const std::string& wish, const SocketAddress& configured) {
  if (wish.empty()) return configured;
  const size_t colon = wish.rfind(':');
  // Docker's client always sends its default; what the daemon was told to listen on is meant then.
  if (wish.substr(0, colon) == "0.0.0.0") return configured;
  return SocketAddress::parse(wish, configured.port);
}

}  // namespace

void Daemon::init(const api::InitOptions& options, api::Done<NodeId> done) {
  // On a node that is in no swarm there is nothing to force: it makes one, as Docker does.
  if (member_ && options.force_new_cluster) return force_new_cluster(options, std::move(done));
  if (member_ || joiner_) return done(kAlreadyMember);
  if (stranded_) return done(refusal_while_stranded());
  const auto listen = listen_address(options.listen_address, options_.listen);
  if (!listen.ok()) return done(listen.error());
  const auto address = advertised_address(options.advertise_address, *listen);
  if (!address.ok()) return done(address.error());
  options_.listen = *listen;

  crypto::OsRandom random;
  const crypto::Authority authority = crypto::Authority::create(wall_now());
  Cluster cluster;
  cluster.id = ClusterId::draw(random);
  cluster.spec = options.spec;
  cluster.join_secrets = {crypto::random_bytes(identity::kSecretBytes), crypto::random_bytes(identity::kSecretBytes)};
  cluster.root_ca = {authority.certificate().der(), std::string(authority.key().to_pem().view())};
  cluster.gossip_keys = {crypto::random_bytes(node::kGossipKeyBytes)};
  cluster.gossip_key_since = wall_now();
  cluster.next_raft_id = 2;
  es::Node self;
  self.id = NodeId::draw(random);
  self.spec.role = NodeRole::kManager;
  self.spec.availability = options.availability;
  self.certificate_role = NodeRole::kManager;
  self.description = description_;
  self.address = *address;
  self.manager = ManagerInfo{1};

  auto key = crypto::PrivateKey::generate();
  const auto dates = identity::issue_dates(wall_now(), cluster.spec.node_certificate_validity);
  auto certificate = authority.sign(key.make_request(), {cluster.id, self.id, NodeRole::kManager},
                                    {dates.not_before, dates.not_after});
  if (!certificate.ok()) return done(certificate.error());
  std::vector<crypto::Certificate> authorities;
  authorities.push_back(authority.certificate());
  auto identity = crypto::NodeIdentity::make(std::move(*certificate), std::move(key), std::move(authorities));
  if (!identity.ok()) return done(identity.error());
  enter(std::move(*identity), node::Node::first_manager(cluster, self, wall_now(), options.advertise_address),
        [done = std::move(done), id = self.id](const Status& status) {
          if (status.ok()) done(id);
          else done(status.error());
        });
}

void Daemon::join(const api::JoinOptions& options, api::Done<void> done) {
  if (member_ || joiner_) return done(kAlreadyMember);
  if (stranded_) return done(refusal_while_stranded());
  auto token = identity::JoinToken::parse(options.token);
  if (!token.ok()) return done(token.error());
  std::vector<SocketAddress> managers;
  for (const std::string& text : options.remote_addresses) {
    auto address = SocketAddress::parse(text, options_.listen.port);
    if (!address.ok()) return done(address.error());
    managers.push_back(std::move(*address));
  }
  const auto listen = listen_address(options.listen_address, options_.listen);
  if (!listen.ok()) return done(listen.error());
  options_.listen = *listen;

  wire::JoinRequest request;
  request.description = description_;
  request.availability = options.availability;
  // Where nothing is asked for, the manager sees this board's address better than the board itself does.
  request.address.port = listen->port;
  const bool wildcard = listen->ip == "0.0.0.0" || listen->ip == "::";
  if (!options.advertise_address.empty() || !wildcard) {
    auto address = advertised_address(options.advertise_address, *listen);
    if (!address.ok()) return done(address.error());
    request.address = std::move(*address);
  }
  joiner_ = std::make_unique<Joiner>(loop_, std::move(*token), std::move(managers), std::move(request),
                                     [this, advertise = options.advertise_address, done = std::move(done)](Result<Joined> joined) {
    joiner_.reset();
    if (!joined.ok()) return done(joined.error());
    joined->membership.advertise = advertise;
    enter(std::move(joined->identity), node::Node::joined(joined->membership), done);
  });
}

// The identity first: a membership without one cannot start, an identity without a membership is overwritten by the next.
void Daemon::enter(crypto::NodeIdentity identity, ports::Batch first_facts, std::function<void(Status)> done) {
  if (const Status saved = identity.save(options_.data_dir); !saved.ok()) return done(saved);
  auto shared = std::make_shared<crypto::NodeIdentity>(std::move(identity));
  // A node starts from what its disk holds; what was just written is that.
  ports::Loaded loaded;
  if (first_facts.snapshot) loaded.snapshot = first_facts.snapshot;
  if (first_facts.hard_state) loaded.hard_state = *first_facts.hard_state;
  for (const auto& [name, value] : first_facts.facts) {
    if (value) loaded.facts[name] = *value;
  }
  store_->write(std::move(first_facts), [this, shared, loaded = std::move(loaded), done = std::move(done)](Status status) {
    if (status.ok()) status = begin_membership(std::move(*shared), loaded, {});
    if (!status.ok()) end_membership(status.error().message);
    else trouble_.clear();
    done(std::move(status));
  });
}

Status Daemon::begin_membership(crypto::NodeIdentity identity, const ports::Loaded& loaded,
                                const std::vector<ports::AdoptedContainer>& containers) {
  ES_TRY(const auto membership, node::Node::membership_on(loaded));
  MemberOptions member_options;
  member_options.identity_folder = options_.data_dir;
  member_options.listen = options_.listen;
  member_options.node.gossip_port = options_.gossip_port;
  member_options.node.description = description_;
  member_options.node.address = present_address(membership->address, membership->advertise, options_.listen);
  if (member_options.node.address != membership->address) {
    log("this node has moved from " + membership->address.to_string() + " to " + member_options.node.address.to_string());
  }
  MemberPorts member_ports{loop_, *store_, *images_, *runtime_,
                           [this](TaskId task) { return runtime_->log_directory(task); },
                           [this](const std::string& line) { log(line); },
                           [this](const state::Event& event) { tell_watchers(event); },
                           [this](std::string reason) { membership_ended(std::move(reason)); }};
  ES_TRY(member_, Member::start(std::move(member_ports), std::move(member_options),
                                std::move(identity), loaded, containers));
  log("node " + membership->node.to_string() + " of swarm " + membership->cluster.to_string());
  watch_address();
  return {};
}

// The node has left; what it said last goes out before its sockets close.
void Daemon::membership_ended(std::string reason) {
  log("this node is in no swarm any more: " + reason);
  trouble_ = leave_done_ ? std::string() : std::move(reason);
  ending_ = std::make_unique<linux_net::Timer>(loop_, [this] { end_membership(trouble_); });
  ending_->after(kFarewellTime);
}

// A lease may come after the start, or change: interfaces are looked at now and then, which costs less than being told.
void Daemon::watch_address() {
  address_watch_ = std::make_unique<linux_net::Timer>(loop_, [this] {
    if (!member_) return;
    const wire::Membership& membership = member_->node().membership();
    const SocketAddress present = present_address(membership.address, membership.advertise, options_.listen);
    if (present != membership.address) member_->driver().handle(node::AddressChanged{present});
    address_watch_->after(kAddressWatch);
  });
  address_watch_->after(kAddressWatch);
}

void Daemon::leave(bool force, api::Done<void> done) {
  if (stranded_) return done(refusal_while_stranded());
  if (!member_ && !trouble_.empty()) {  // it was removed: to leave is to say that one has seen it
    trouble_.clear();
    return done({});
  }
  if (!member_) return done(Error{Errc::kUnavailable, "This node is not part of a swarm"});
  if (leave_done_) return done(Error{Errc::kConflict, "this node is leaving already"});
  if (member_->node().tables() != nullptr && !force) {
    return done(Error{Errc::kUnavailable,
                      "You are attempting to leave the swarm on a node that is participating as a manager. Removing it may "
                      "cost the swarm its quorum: demote it first (`edgeswarm node demote`), or use --force."});
  }
  leave_done_ = std::move(done);
  member_->driver().leave();
}

// What the membership left on the disk goes with it: log, tasks, keys.
void Daemon::end_membership(const std::string& reason) {
  trouble_ = reason;
  member_.reset();
  if (const Status erased = crypto::NodeIdentity::erase(options_.data_dir); !erased.ok()) log(erased.error().message);
  store_.reset();
  Status opened = files::remove_tree(options_.store_dir());
  if (opened.ok()) opened = open_store();
  if (opened.ok()) {
    if (auto loaded = store_->load(); !loaded.ok()) opened = loaded.error();
  }
  if (!opened.ok()) log("the store cannot be made anew: " + opened.error().message);
  if (leave_done_) std::exchange(leave_done_, nullptr)(std::move(opened));
}

}  // namespace es::daemon
