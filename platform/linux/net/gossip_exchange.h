#pragma once
// GossipExchange: one question and one answer over TCP, sealed with the gossip key: the full
// exchange of membership that does not fit into datagrams. A question that was recorded and is
// asked again gets an answer that its asker cannot read; asking changes nothing that incarnation
// numbers do not protect.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/address.h"
#include "platform/linux/crypto/key_ring.h"
#include "platform/linux/net/loop.h"
#include "platform/linux/net/timer.h"

namespace es::linux_net {

class GossipExchange {
 public:
  static constexpr size_t kMaxMessage = 256 * 1024;  // sealed

  struct Limits {
    size_t answering = 8;  // conversations at a time; a further one is turned away
    size_t asking = 8;
    Duration patience = seconds(5);  // for one conversation
  };
  struct Counters {
    uint64_t asked = 0, answered = 0, failed = 0, turned_away = 0;
  };
  // Both are called on the loop, and the exchange must not be destroyed inside them.
  using Answer = std::function<std::string(const SocketAddress& from, std::string_view question)>;
  using Done = std::function<void(Result<std::string>)>;

  GossipExchange(Loop& loop, Limits limits, crypto::KeyRing keys, Answer answer);
  ~GossipExchange();
  GossipExchange(const GossipExchange&) = delete;
  GossipExchange& operator=(const GossipExchange&) = delete;

  // Port 0 takes a free one. Errors: kInvalid, kIo.
  Result<SocketAddress> listen(const SocketAddress& address);
  void set_keys(crypto::KeyRing keys) { keys_ = std::move(keys); }

  // `done` is called once, in a later turn. Errors, given to it: kInvalid (no address), kLimit (too
  // many questions under way, or too large), kUnavailable, kTimeout, kCorrupt (another key).
  void ask(const SocketAddress& to, std::string_view question, Done done);

  const Counters& counters() const { return counters_; }

 private:
  class Conversation;

  void on_connection(int status);
  Conversation& begin(Done done);
  size_t count(bool asking) const;
  void end(Conversation& conversation, Result<std::string> result);
  void reap();

  Loop& loop_;
  Limits limits_;
  crypto::KeyRing keys_;
  Answer answer_;
  Counters counters_;
  uint64_t last_id_ = 0;
  std::map<uint64_t, std::unique_ptr<Conversation>> conversations_;
  std::vector<std::pair<Done, Result<std::string>>> results_;  // to be given in the next turn
  Timer reaper_;
  Handle<uv_tcp_t> listening_;
};

}  // namespace es::linux_net
