#pragma once
// Member: this machine's part in a cluster: core/driver over the ports of Linux. It lives as long
// as one membership; what outlasts it (store, images, runtime) is lent to it.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/driver/driver.h"
#include "services/daemon/certificate_signer.h"
#include "services/daemon/log_relay.h"
#include "services/daemon/loop_clock.h"
#include "services/daemon/peer_transport.h"

namespace es::daemon {

// What a member borrows. All of it outlives the member.
struct MemberPorts {
  linux_net::Loop& loop;
  ports::Store& store;
  ports::Images& images;
  ports::Runtime& runtime;
  std::function<std::string(TaskId)> log_directory;
  std::function<void(std::string)> log;                      // a line for the operator
  std::function<void(const state::Event&)> on_change;        // of this manager's tables
  std::function<void(std::string reason)> on_end;            // the membership is over
};

struct MemberOptions {
  std::string identity_folder;
  SocketAddress listen;  // of the control port; gossip listens on the same address
  node::NodeOptions node;  // the seed is drawn here
};

class Member final : private driver::Host {
 public:
  // `on_end` is called once, and the member destroyed in a later turn of the loop. Errors:
  // kCorrupt, kIo (a port is taken).
  static Result<std::unique_ptr<Member>> start(MemberPorts ports, MemberOptions options,
                                               crypto::NodeIdentity identity,
                                               const ports::Loaded& loaded,
                                               const std::vector<ports::AdoptedContainer>& containers);

  driver::Driver& driver() { return *driver_; }
  const driver::Driver& driver() const { return *driver_; }
  const node::Node& node() const { return driver_->node(); }
  const crypto::NodeIdentity& identity() const { return signer_.identity(); }
  LogRelay& logs() { return logs_; }
  const linux_net::PeerLinks& links() const { return transport_.links(); }
  const linux_net::GossipSocket& gossip_socket() const { return transport_.gossip_socket(); }

 private:
  Member(MemberPorts ports, MemberOptions options, crypto::NodeIdentity identity);

  Status open(const ports::Loaded& loaded, const std::vector<ports::AdoptedContainer>& containers);

  void log(std::string line) override { ports_.log(std::move(line)); }
  void changed(const state::Event& change) override { ports_.on_change(change); }
  void log_message(NodeId from, driver::Envelope envelope) override;
  void log_peer_lost(NodeId peer) override { logs_.peer_lost(peer); }
  void ended(std::string reason) override { ports_.on_end(std::move(reason)); }

  MemberPorts ports_;
  MemberOptions options_;
  LoopClock clock_;
  PeerTransport transport_;
  CertificateSigner signer_;
  LogRelay logs_;
  std::unique_ptr<driver::Driver> driver_;  // first to die: it uses all of the above
};

}  // namespace es::daemon
