#pragma once
// Envelope: what travels over a link between two nodes: the core's messages, and the output of
// tasks, which only passes through.

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>

#include "core/base/fields.h"
#include "core/base/result.h"
#include "core/identity/authorization.h"
#include "core/node/message.h"
#include "core/wire/log_stream.h"

namespace es::driver {

// Only added to at the end: the number of an alternative is its place.
struct Envelope {
  std::variant<node::Message, wire::LogAsk, wire::LogCredit, wire::LogStop, wire::LogPiece> content;

  static constexpr auto fields() { return std::tuple{field(1, "Content", &Envelope::content)}; }
};

// Compiled once: the codec of all messages is half a megabyte.
std::string encode(const Envelope& envelope);

// From the first bytes of an encoded envelope, which are all that is looked at. Nothing when they
// are not those of one.
std::optional<identity::MessageKind> kind_of(std::string_view envelope);

// Within what the rule of that kind allows in bytes and in memory. Errors: kCorrupt, also when it
// holds another kind than its first bytes said; kLimit.
Result<Envelope> decode_as(identity::MessageKind kind, std::string_view envelope);

}  // namespace es::driver
