#include "core/raft/sound.h"

#include "core/raft/config.h"

namespace es::raft {
namespace {

bool possible(Index index) { return index <= kMaxIndex; }

// A position in a log whose newest entries are of `term` at most.
bool possible(Index index, Term term, Term newest) { return possible(index) && term <= newest; }

bool sound(const Message& message, const Append& append) {
  Index index = append.prev_index;
  Term term = append.prev_term;
  if (message.term == 0 || !possible(index, term, message.term)) return false;
  for (const Entry& entry : append.entries) {
    if (entry.index != ++index || entry.term == 0 || entry.term < term) return false;
    if (entry.type > EntryType::kConfig) return false;
    if (entry.type == EntryType::kConfig && !decode_configuration(entry.data).ok()) return false;
    term = entry.term;
  }
  return possible(index, term, message.term);
}

bool sound(const Message&, const AppendReply& reply) {
  return possible(reply.index) && possible(reply.hint_index, reply.hint_term, kMaxTerm);
}

bool sound(const Message& message, const Vote& vote) {
  return message.term != 0 && possible(vote.last_index, vote.last_term, message.term);
}

bool sound(const Message& message, const PreVote& vote) {
  return message.term != 0 && possible(vote.last_index, vote.last_term, message.term);
}

bool sound(const Message& message, const Heartbeat& heartbeat) {
  return message.term != 0 &&
         possible(heartbeat.acknowledged_index, heartbeat.acknowledged_term, message.term);
}

bool sound(const Message&, const HeartbeatReply& reply) {
  return possible(reply.last_index) && possible(reply.snapshot_index) && possible(reply.lost_index);
}

bool sound(const Message& message, const SnapshotChunk& chunk) {
  const SnapshotMeta& meta = chunk.meta;
  if (meta.index == 0 || meta.term == 0 || !possible(meta.index, meta.term, message.term))
    return false;
  return !meta.config.voters.empty() && is_valid(meta.config);
}

bool sound(const Message&, const SnapshotReply& reply) { return possible(reply.index); }

bool sound(const Message&, const ReadIndexReply& reply) { return possible(reply.index); }

// The others carry nothing but their envelope.
template <class T>
bool sound(const Message&, const T&) {
  return true;
}

}  // namespace

bool is_sound(const Message& message) {
  if (message.term > kMaxTerm) return false;
  return std::visit([&](const auto& body) { return sound(message, body); }, message.body);
}

}  // namespace es::raft
