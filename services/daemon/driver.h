#pragma once
// Driver: a member's body. It turns what sockets, disk, runtime and clock say into events of core/node, and carries out what that wants. It
// lives as long as one membership; everything that outlasts it (store, images, runtime) is lent to it.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/node/node.h"
#include "core/ports/images.h"
#include "core/ports/runtime.h"
#include "core/ports/store.h"
#include "platform/linux/crypto/node_identity.h"
#include "platform/linux/net/discovery.h"
#include "platform/linux/net/gossip_exchange.h"
#include "platform/linux/net/gossip_socket.h"
#include "platform/linux/net/peer_links.h"
#include "platform/linux/net/timer.h"
#include "services/daemon/log_relay.h"

namespace es::daemon {

// What a driver borrows. All of it outlives the driver.
struct DriverPorts {
  linux_net::Loop& loop;
  ports::Store& store;
  ports::Images& images;
  ports::Runtime& runtime;
  std::function<std::string(TaskId)> log_directory;
  std::function<void(std::string)> log;  // a line for the operator
  std::function<void(const state::Event&)> on_change;  // of this manager's tables
};

struct DriverOptions {
  std::string identity_folder;
  SocketAddress listen;  // of the control port; gossip listens on the same address
  uint16_t gossip_port = 7946;
  NodeDescription description;
  SocketAddress address;  // as the others reach the control port
};

class Driver {
 public:
  using Answer = std::function<void(Result<orchestrator::CommandAnswer>)>;

  // `on_end` is called once, in a later turn of the loop, when the membership is over. Errors: kCorrupt, kIo (a port is taken).
  static Result<std::unique_ptr<Driver>> start(DriverPorts ports, DriverOptions options, crypto::NodeIdentity identity,
                                               const ports::Loaded& loaded,
                                               const std::vector<ports::AdoptedContainer>& containers,
                                               std::function<void(std::string reason)> on_end);
  ~Driver();

  void submit(orchestrator::Command command, Answer answer);
  void barrier(std::function<void(Status)> done);
  void leave();
  void describe(const NodeDescription& description);
  void container_event(TaskId task, ports::ContainerEvent event);

  const node::Node& node() const { return *node_; }
  const crypto::NodeIdentity& identity() const { return identity_; }
  LogRelay& logs() { return logs_; }
  const linux_net::PeerLinks& links() const { return links_; }
  const linux_net::GossipSocket& gossip_socket() const { return *gossip_; }
  Instant now() const { return ports_.loop.now(); }

 private:
  Driver(DriverPorts ports, DriverOptions options, crypto::NodeIdentity identity,
         std::function<void(std::string)> on_end);

  Status open(const ports::Loaded& loaded, const std::vector<ports::AdoptedContainer>& containers);
  linux_net::PeerLinks::Callbacks link_callbacks();
  void handle(node::EventBody body);
  void receive(const linux_net::VerifiedPeer& from, std::string_view payload);
  void receive_stranger(linux_net::ConnectionId connection, const SocketAddress& from, std::string_view payload);
  SocketAddress address_of(NodeId node) const;
  void respond_to_seekers();

  // driver_effects.cpp
  void carry_out(node::Effects& effects);
  void carry_out(node::SendMessage& effect);
  void carry_out(node::AnswerStranger& effect);
  void carry_out(node::SendDatagram& effect);
  void carry_out(node::SendSync& effect);
  void carry_out(node::Persist& effect);
  void carry_out(node::AnswerCommand& effect);
  void carry_out(node::AnswerRead& effect);
  void carry_out(node::SignCertificate& effect);
  void carry_out(node::MakeSigningRequest& effect);
  void carry_out(node::InstallCertificate& effect);
  void carry_out(node::Disconnect& effect);
  void carry_out(node::UseGossipKeys& effect);
  void carry_out(node::ForgetCluster& effect);
  void carry_out(node::Log& effect);
  void carry_out(agent::PrepareTask& effect);
  void carry_out(agent::StartContainer& effect);
  void carry_out(agent::StopContainer& effect);
  void carry_out(agent::RemoveContainer& effect);
  void arm_renewal();

  DriverPorts ports_;
  DriverOptions options_;
  crypto::NodeIdentity identity_;
  std::optional<crypto::PrivateKey> next_key_;  // of a certificate that is being asked for
  std::function<void(std::string)> on_end_;
  // Held by what may finish after this driver is gone: nothing is called then.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

  std::unique_ptr<node::Node> node_;
  std::deque<node::EventBody> inbox_;
  bool stepping_ = false;
  std::map<uint64_t, Answer> commands_;
  std::map<uint64_t, std::function<void(Status)>> reads_;
  uint64_t last_request_ = 0;
  std::vector<NodeId> to_disconnect_;  // once what was said to them last has gone out

  linux_net::Timer wake_;
  linux_net::Timer renewal_;
  linux_net::Timer disconnect_;
  linux_net::PeerLinks links_;
  std::unique_ptr<linux_net::GossipSocket> gossip_;
  std::unique_ptr<linux_net::GossipExchange> exchange_;
  std::unique_ptr<linux_net::DiscoveryResponder> responder_;  // managers only
  LogRelay logs_;
};

}  // namespace es::daemon
