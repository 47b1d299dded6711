// Leadership transfer. Thesis §3.10: stop taking writes, bring the target up to date, let it
// campaign at once.

#include "core/raft/raft.h"

namespace es::raft {

Status Raft::transfer(PeerId to) {
  if (leading() != nullptr && leading()->transferee == to) return {};
  if (leading() != nullptr) leading()->transferee = kNobody;  // the newer wish counts
  ES_CHECK(check_leading());
  if (to == options_.id) return Error{Errc::kPrecondition, "raft: this node is the leader already"};
  if (!is_voter(config(), to)) {
    return Error{Errc::kPrecondition,
                 "raft: peer " + std::to_string(to) + " is no voter and cannot lead"};
  }
  leading()->transferee = to;
  election_elapsed_ = 0;  // it has one election timeout; tick_leader() gives up
  Progress& peer = leading()->peers.at(to);
  if (peer.match == log_.last_index())
    send(to, TimeoutNow{});
  else
    send_append(to, peer, true);
  return {};
}

void Raft::hand_over_if_ready(PeerId from) {
  const Leading* lead = leading();
  if (lead == nullptr || lead->transferee != from) return;
  if (lead->peers.at(from).match == log_.last_index()) send(from, TimeoutNow{});
}

}  // namespace es::raft
