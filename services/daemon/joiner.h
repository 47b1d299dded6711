#pragma once
// Joiner: a board's way into a cluster, with a join token and nothing else. It asks the managers that the command names, then those of the
// token, then whoever answers on the LAN; each is trusted only by the digest of the cluster's authority.

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/identity/join_token.h"
#include "core/wire/join.h"
#include "platform/linux/crypto/node_identity.h"
#include "platform/linux/net/discovery.h"
#include "platform/linux/net/newcomer_call.h"

namespace es::daemon {

// How long one manager may take, and how long the LAN is asked.
constexpr Duration kCallPatience = seconds(8);
constexpr Duration kSearchTime = seconds(5);

struct Joined {
  wire::Membership membership;
  crypto::NodeIdentity identity;
};

class Joiner {
 public:
  using Done = std::function<void(Result<Joined>)>;

  // `done` is called once, in a later turn; the joiner may be destroyed inside it.
  Joiner(linux_net::Loop& loop, identity::JoinToken token, std::vector<SocketAddress> managers,
         wire::JoinRequest request, Done done);

 private:
  void ask_next();
  void search();
  void answered(Result<std::string> answer);
  void welcome(const wire::JoinReply& reply);
  void give_up();
  void finish(Result<Joined> outcome);

  linux_net::Loop& loop_;
  identity::JoinToken token_;
  crypto::Digest authority_;
  crypto::PrivateKey key_;
  wire::JoinRequest request_;
  Done done_;
  std::vector<SocketAddress> to_ask_;
  std::set<SocketAddress> asked_;
  std::vector<std::string> tried_;  // address and outcome, for the last word
  std::unique_ptr<linux_net::NewcomerCall> call_;
  std::unique_ptr<linux_net::DiscoveryFinder> finder_;
  bool searched_ = false;
  linux_net::Timer next_;
};

}  // namespace es::daemon
