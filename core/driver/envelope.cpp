#include "core/driver/envelope.h"

#include "core/wire/codec.h"

namespace es::driver {

namespace {

constexpr uint8_t kFirstLogKind = static_cast<uint8_t>(identity::MessageKind::kLogAsk) - 1;

identity::MessageKind log_kind(size_t place) { return static_cast<identity::MessageKind>(kFirstLogKind + place); }

}  // namespace

std::string encode(const Envelope& envelope) { return wire::encode(envelope); }

std::optional<identity::MessageKind> kind_of(std::string_view envelope) {
  wire::Reader in(envelope);
  const auto outer = in.tag();
  if (!outer.ok() || outer->number != 1 || outer->type != wire::WireType::kBytes) return std::nullopt;
  auto content = in.sub();
  if (!content.ok()) return std::nullopt;
  const auto tag = content->tag();
  if (!tag.ok() || tag->type != wire::WireType::kBytes) return std::nullopt;
  if (tag->number > std::variant_size_v<decltype(Envelope::content)>) return std::nullopt;
  if (tag->number > 1) return log_kind(tag->number - 1);
  auto message = content->sub();
  return message.ok() ? node::kind_of(message->rest()) : std::nullopt;
}

Result<Envelope> decode_as(identity::MessageKind kind, std::string_view bytes) {
  const identity::Rule* rule = identity::rule_of(kind);
  if (rule == nullptr) return corrupt("message of a kind that this version does not know");
  if (bytes.size() > rule->max_bytes) {
    return Error{Errc::kLimit, std::string(rule->name) + " of " + std::to_string(bytes.size()) + " bytes, at most " +
                                   std::to_string(rule->max_bytes) + " are taken"};
  }
  wire::Budget budget(identity::memory_budget(kind, bytes.size()));
  ES_TRY(Envelope envelope, wire::decode<Envelope>(bytes, budget));
  const auto* message = std::get_if<node::Message>(&envelope.content);
  const auto found = message != nullptr ? node::kind_of(message->body) : log_kind(envelope.content.index());
  if (found != kind) return corrupt("message of two kinds");
  return envelope;
}

}  // namespace es::driver
