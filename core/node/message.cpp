#include "core/node/message.h"

#include "core/wire/bytes.h"

namespace es::node {

// A Message is one field that holds a variant, which is one field again: both lie in the first bytes.
std::optional<identity::MessageKind> kind_of(std::string_view message) {
  wire::Reader in(message);
  const auto outer = in.tag();
  if (!outer.ok() || outer->number != 1 || outer->type != wire::WireType::kBytes) return std::nullopt;
  auto body = in.sub();
  if (!body.ok()) return std::nullopt;
  const auto tag = body->tag();
  if (!tag.ok() || tag->number > UINT8_MAX) return std::nullopt;
  return static_cast<identity::MessageKind>(tag->number);
}

}  // namespace es::node
