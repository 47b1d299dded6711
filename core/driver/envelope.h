#pragma once
// Envelope: what travels over a link between two nodes: the core's messages, and the output of
// tasks, which only passes through.

#include <tuple>
#include <variant>

#include "core/base/fields.h"
#include "core/node/message.h"
#include "core/wire/log_stream.h"

namespace es::driver {

// Only added to at the end: the number of an alternative is its place.
struct Envelope {
  std::variant<node::Message, wire::LogAsk, wire::LogCredit, wire::LogStop, wire::LogPiece> content;

  static constexpr auto fields() { return std::tuple{field(1, "Content", &Envelope::content)}; }
};

}  // namespace es::driver
