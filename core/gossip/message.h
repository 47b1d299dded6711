#pragma once
// What members tell each other. A datagram is one Envelope: a body of the failure detector, and
// rumours that ride along (SWIM §4.1). A TableSync is a whole table, carried by a reliable channel.
// Sealing is the edge's; whoever wrote the bytes may still be a member gone wrong, so decoding
// trusts nothing.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/fields.h"
#include "core/base/id.h"
#include "core/base/result.h"
#include "core/model/address.h"

namespace es::gossip {

constexpr size_t kMaxDatagramBytes =
    1'200;  // before sealing; fits the smallest IPv6 path MTU of 1,280 with the seal
constexpr size_t kMaxMetaBytes = 256;
constexpr size_t kMaxMembers = 512;
constexpr size_t kMaxSyncBytes = 256 * 1'024;
constexpr uint64_t kMaxIncarnation = uint64_t{1} << 48;
// A node begins each start this much higher than the last, so that it need not hear first what the others remember of it.
constexpr uint64_t kIncarnationsPerStart = uint64_t{1} << 20;
// What others say of a member is believed up to this far beyond what is held of it; above that the member itself is asked.
constexpr uint64_t kMaxJump = 16 * kIncarnationsPerStart;

// The order is the precedence at equal incarnation: see MemberRecord::supersedes.
enum class MemberState : uint8_t { kAlive = 0, kSuspect = 1, kDead = 2, kLeft = 3 };
constexpr auto enum_names(MemberState) {
  return std::array{EnumName{MemberState::kAlive, "alive"},
                    EnumName{MemberState::kSuspect, "suspect"},
                    EnumName{MemberState::kDead, "dead"}, EnumName{MemberState::kLeft, "left"}};
}

struct MemberRecord {
  NodeId node;
  MemberState state = MemberState::kAlive;
  uint64_t incarnation = 0;  // raised only by the member itself, to refute or to announce
  SocketAddress address;
  std::string meta;

  static constexpr auto fields() {
    return std::tuple{
        field(1, "Node", &MemberRecord::node), field(2, "State", &MemberRecord::state),
        field(3, "Incarnation", &MemberRecord::incarnation),
        field(4, "Address", &MemberRecord::address), field(5, "Meta", &MemberRecord::meta)};
  }
  bool operator==(const MemberRecord&) const = default;

  bool live() const { return state == MemberState::kAlive || state == MemberState::kSuspect; }

  // SWIM §4.2's table as one total order, so that tables that heard the same rumours in any order
  // agree: the higher incarnation wins, and of equal ones the worse state. Unlike SWIM, a higher
  // incarnation also raises the dead: a board may be plugged in again.
  bool supersedes(const MemberRecord& other) const {
    return std::pair(incarnation, state) > std::pair(other.incarnation, other.state);
  }
};

struct Rumour {
  MemberRecord record;
  NodeId reporter;  // who suspects or found dead; empty for what a member says of itself

  static constexpr auto fields() {
    return std::tuple{field(1, "Record", &Rumour::record), field(2, "Reporter", &Rumour::reporter)};
  }
  bool operator==(const Rumour&) const = default;
};

// "Are you there?"
struct Ping {
  uint64_t sequence = 0;
  NodeId target;        // an address may have passed to another node
  uint64_t digest = 0;  // of the sender's live members; 0: not said

  static constexpr auto fields() {
    return std::tuple{field(1, "Sequence", &Ping::sequence), field(2, "Target", &Ping::target),
                      field(3, "Digest", &Ping::digest)};
  }
  bool operator==(const Ping&) const = default;
};

// "Ask it for me": SWIM's ping-req.
struct PingRequest {
  uint64_t sequence = 0;
  NodeId target;
  SocketAddress address;

  static constexpr auto fields() {
    return std::tuple{field(1, "Sequence", &PingRequest::sequence),
                      field(2, "Target", &PingRequest::target),
                      field(3, "Address", &PingRequest::address)};
  }
  bool operator==(const PingRequest&) const = default;
};

struct Ack {
  uint64_t sequence = 0;
  NodeId node;          // who answered; empty: the sender itself
  uint64_t digest = 0;  // as in Ping; not said in a relayed answer
  uint64_t incarnation = 0;  // of the sender; 0: not said

  static constexpr auto fields() {
    return std::tuple{field(1, "Sequence", &Ack::sequence), field(2, "Node", &Ack::node),
                      field(3, "Digest", &Ack::digest),
                      field(4, "Incarnation", &Ack::incarnation)};
  }
  bool operator==(const Ack&) const = default;
};

// "It did not answer me either, but you see that I am here": Lifeguard's nack.
struct Nack {
  uint64_t sequence = 0;

  static constexpr auto fields() { return std::tuple{field(1, "Sequence", &Nack::sequence)}; }
  bool operator==(const Nack&) const = default;
};

// "I am new here; who is there?" The newcomer's own record is among the rumours.
struct Join {
  static constexpr auto fields() { return std::tuple{}; }
  bool operator==(const Join&) const = default;
};

// Rumours and nothing else.
struct Spread {
  static constexpr auto fields() { return std::tuple{}; }
  bool operator==(const Spread&) const = default;
};

using Body = std::variant<Ping, PingRequest, Ack, Nack, Join, Spread>;

struct Envelope {
  ClusterId cluster;
  NodeId from;
  Body body;
  std::vector<Rumour> rumours;
  uint64_t start = 0;   // the sender's, and its number of this datagram: see ReplayGuard
  uint64_t number = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "Cluster", &Envelope::cluster), field(2, "From", &Envelope::from),
                      field(3, "Body", &Envelope::body), field(4, "Rumours", &Envelope::rumours),
                      field(5, "Start", &Envelope::start), field(6, "Number", &Envelope::number)};
  }
  bool operator==(const Envelope&) const = default;
};

struct TableSync {
  ClusterId cluster;
  NodeId from;
  bool reply_wanted = false;
  std::vector<MemberRecord> members;  // the sender first
  uint64_t start = 0;   // as in Envelope; counted apart, because the two channels overtake each other
  uint64_t number = 0;
  uint64_t sequence = 0;  // of a question that wants a reply, and in the reply to it; 0: not said, as by older versions

  static constexpr auto fields() {
    return std::tuple{field(1, "Cluster", &TableSync::cluster), field(2, "From", &TableSync::from),
                      field(3, "ReplyWanted", &TableSync::reply_wanted),
                      field(4, "Members", &TableSync::members),
                      field(5, "Start", &TableSync::start), field(6, "Number", &TableSync::number),
                      field(7, "Sequence", &TableSync::sequence)};
  }
  bool operator==(const TableSync&) const = default;
};

// Errors of both: kCorrupt, for bytes that no member of any version writes; every value is in its
// range afterwards.
Result<Envelope> decode_datagram(std::string_view bytes);
Result<TableSync> decode_sync(std::string_view bytes);

// Bytes that `rumour` takes inside an Envelope.
size_t encoded_size(const Rumour& rumour);

}  // namespace es::gossip
