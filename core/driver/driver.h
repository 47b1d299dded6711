#pragma once
// Driver: a member's body. It turns what transport, store, runtime and clock say into events of
// core/node, and carries out through the ports what that wants. The daemon and the simulator run
// this same one, each with its own ports. It lives as long as one membership; everything behind the
// ports outlasts it.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/driver/host.h"
#include "core/node/node.h"
#include "core/ports/clock.h"
#include "core/ports/images.h"
#include "core/ports/runtime.h"
#include "core/ports/signer.h"
#include "core/ports/store.h"
#include "core/ports/transport.h"

namespace es::driver {

// What was said to a node last, for example that it was removed, goes out before its connections
// are closed.
constexpr Duration kGoodbyeTime = milliseconds(100);

// A certificate is not renewed sooner than this after it was installed, whatever the clock says.
constexpr Duration kRenewalPauseMin = minutes(1);

// All of it outlives the driver.
struct Ports {
  ports::Transport& transport;
  ports::Store& store;
  ports::Clock& clock;
  ports::Signer& signer;
  ports::Images& images;
  ports::Runtime& runtime;
  Host& host;
};

class Driver final : public ports::Transport::Listener {
 public:
  using Answer = std::function<void(Result<orchestrator::CommandAnswer>)>;

  // Makes the node from what its disk holds; nothing is said or done before begin(). Errors:
  // kCorrupt; kInvalid when there is no membership on the disk.
  static Result<std::unique_ptr<Driver>> start(Ports ports, node::NodeOptions options,
                                               const ports::Loaded& loaded,
                                               const std::vector<ports::AdoptedContainer>& containers);
  // Who waits for an answer gets "unavailable".
  ~Driver() override;

  // Once, when the transport can send and receive.
  void begin();

  void submit(orchestrator::Command command, Answer answer);
  void barrier(std::function<void(Status)> done);
  void leave() { handle(node::LeaveRequested{}); }
  void describe(const NodeDescription& description) {
    handle(node::DescriptionChanged{description});
  }
  void container_event(TaskId task, ports::ContainerEvent event) {
    handle(node::ContainerChanged{task, std::move(event)});
  }
  // The clock's alarm.
  void wake();

  // To a peer, beside the core's messages. Errors as Transport::send.
  Status send_log_message(NodeId to, const Envelope& envelope);

  void on_message(const PeerIdentity& from, std::string_view bytes) override;
  void on_stranger(uint64_t connection, const SocketAddress& from, std::string_view bytes) override;
  void on_peer_lost(NodeId peer, ports::Channel channel) override;
  void on_datagram(const SocketAddress& from, std::string_view bytes) override;
  void on_sync(std::string_view bytes) override;
  void on_manager_found(NodeId node, const SocketAddress& address) override;

  // Works on the event and on all that follow from it at once. An event that comes while another is
  // worked on waits for its turn: the effects of one step are carried out before the next.
  void handle(node::EventBody body);

  const node::Node& node() const { return *node_; }

 private:
  void say_senseless(NodeId from, const Error& error);
  Driver(Ports ports, uint64_t seed) : ports_(ports), prng_(seed) {}

  void work(node::EventBody body);
  void arm();
  void arm_renewal();
  void answer_seekers();
  SocketAddress address_of(NodeId node) const;

  // effects.cpp
  void carry_out(node::Effects& effects);
  void carry_out(node::SendMessage& effect);
  void carry_out(node::AnswerStranger& effect);
  void carry_out(node::SendDatagram& effect);
  void carry_out(node::SendSync& effect);
  void carry_out(node::Persist& effect);
  void carry_out(node::ReopenStore& effect);
  void carry_out(node::AnswerCommand& effect);
  void carry_out(node::AnswerRead& effect);
  void carry_out(node::SignCertificate& effect);
  void carry_out(node::MakeSigningRequest& effect);
  void carry_out(node::InstallCertificate& effect);
  void carry_out(node::Disconnect& effect);
  void carry_out(node::UseGossipKeys& effect);
  void carry_out(node::ForgetCluster& effect);
  void carry_out(node::Log& effect);
  void carry_out(node::SeekManagers& effect);
  void carry_out(node::DrawSecret& effect);
  void carry_out(node::CloseTransport& effect);
  void carry_out(agent::PrepareTask& effect);
  void carry_out(agent::StartContainer& effect);
  void carry_out(agent::StopContainer& effect);
  void carry_out(agent::RemoveContainer& effect);

  Ports ports_;
  Prng prng_;
  // Held by what may finish after this driver is gone: nothing is called then.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::unique_ptr<node::Node> node_;
  // At most the events that come back at once from the effects of one step, plus what the receiver
  // of an answer asks for inside it.
  std::deque<node::EventBody> inbox_;
  bool stepping_ = false;
  std::map<uint64_t, Answer> commands_;
  std::map<uint64_t, std::function<void(Status)>> reads_;
  uint64_t last_request_ = 0;

  std::vector<NodeId> to_disconnect_;  // once what was said to them last has gone out
  Instant goodbye_at_ = kNever;
  Instant renewal_at_ = kNever;
  Instant node_wakes_at_ = kNever;
  Instant next_senseless_{0};
  bool answers_seekers_ = false;
  bool ended_ = false;
};

}  // namespace es::driver
