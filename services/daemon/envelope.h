#pragma once
// Envelope: what travels over a link between two nodes: the core's messages, and the output of tasks, which only passes through.

#include <cstdint>
#include <tuple>
#include <variant>

#include "core/base/fields.h"
#include "core/node/message.h"
#include "services/logs/log_message.h"

namespace es::daemon {

// A manager asks for a task's output. `stream` is its own number for it.
struct LogAsk {
  uint64_t stream = 0;
  logs::LogRequest request;

  static constexpr auto fields() {
    return std::tuple{field(1, "Stream", &LogAsk::stream), field(2, "Request", &LogAsk::request)};
  }
  bool operator==(const LogAsk&) const = default;
};

// One batch goes out for each ask or credit, so a slow reader stops the sender.
struct LogCredit {
  uint64_t stream = 0;

  static constexpr auto fields() { return std::tuple{field(1, "Stream", &LogCredit::stream)}; }
  bool operator==(const LogCredit&) const = default;
};

struct LogStop {
  uint64_t stream = 0;

  static constexpr auto fields() { return std::tuple{field(1, "Stream", &LogStop::stream)}; }
  bool operator==(const LogStop&) const = default;
};

struct LogPiece {
  uint64_t stream = 0;
  logs::LogBatch batch;

  static constexpr auto fields() {
    return std::tuple{field(1, "Stream", &LogPiece::stream), field(2, "Batch", &LogPiece::batch)};
  }
  bool operator==(const LogPiece&) const = default;
};

// Only added to at the end: the number of an alternative is its place.
struct Envelope {
  std::variant<node::Message, LogAsk, LogCredit, LogStop, LogPiece> content;

  static constexpr auto fields() { return std::tuple{field(1, "Content", &Envelope::content)}; }
};

}  // namespace es::daemon
