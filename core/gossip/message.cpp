#include "core/gossip/message.h"

#include "core/wire/codec.h"

namespace es::gossip {

namespace {

Status check_record(const MemberRecord& record) {
  if (record.node.empty()) return corrupt("member without an id");
  if (record.state > MemberState::kLeft) return corrupt("member in an unknown state");
  if (record.incarnation > kMaxIncarnation) return corrupt("incarnation out of range");
  if (record.meta.size() > kMaxMetaBytes) return corrupt("member with too much metadata");
  if (!is_numeric_ip(record.address.ip) || record.address.port == 0) {
    return corrupt("member without an address");
  }
  return {};
}

Status check_body(const Body& body) {
  if (const auto* request = std::get_if<PingRequest>(&body)) {
    if (!is_numeric_ip(request->address.ip) || request->address.port == 0) {
      return corrupt("request to probe a member without an address");
    }
  }
  const auto* ack = std::get_if<Ack>(&body);
  if (ack != nullptr && ack->incarnation > kMaxIncarnation) return corrupt("incarnation out of range");
  return {};
}

}  // namespace

Result<Envelope> decode_datagram(std::string_view bytes) {
  if (bytes.size() > kMaxDatagramBytes) return corrupt("datagram larger than any member sends");
  ES_TRY(Envelope envelope, wire::decode<Envelope>(bytes));
  if (envelope.from.empty()) return corrupt("datagram without a sender");
  ES_CHECK(check_body(envelope.body));
  for (const Rumour& rumour : envelope.rumours) ES_CHECK(check_record(rumour.record));
  return envelope;
}

Result<TableSync> decode_sync(std::string_view bytes) {
  if (bytes.size() > kMaxSyncBytes) return corrupt("member table larger than any member sends");
  ES_TRY(TableSync sync, wire::decode<TableSync>(bytes));
  if (sync.from.empty()) return corrupt("member table without a sender");
  if (sync.members.size() > kMaxMembers) return corrupt("member table with too many members");
  for (const MemberRecord& record : sync.members) ES_CHECK(check_record(record));
  return sync;
}

size_t encoded_size(const Rumour& rumour) {
  const size_t payload = wire::encode(rumour).size();
  return 1 + (payload < 128 ? 1 : 2) + payload;  // tag, length, payload
}

}  // namespace es::gossip
