#pragma once
// What a manager's API asks a node for, and what comes back: the output of one task. It travels
// beside the core's messages (core/driver/envelope.h) and never enters a node's step.

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "core/base/fields.h"
#include "core/base/id.h"
#include "core/base/time.h"

namespace es::wire {

struct LogRequest {
  TaskId task;
  bool follow = false;   // go on until the task has ended
  int64_t tail = -1;     // only the last so many lines; negative: all that is kept
  WallTime since;        // not older than this; 0: from the beginning
  WallTime until;        // not newer than this; 0: to the end
  bool with_stdout = true;
  bool with_stderr = true;

  static constexpr auto fields() {
    using L = LogRequest;
    return std::tuple{field(1, "Task", &L::task), field(2, "Follow", &L::follow), field(3, "Tail", &L::tail),
                      field(4, "Since", &L::since), field(5, "Until", &L::until),
                      field(6, "Stdout", &L::with_stdout), field(7, "Stderr", &L::with_stderr)};
  }
  bool operator==(const LogRequest&) const = default;
};

struct LogRecord {
  WallTime time;
  bool from_stderr = false;
  bool complete = true;  // false: the line goes on in the next record of the same stream
  std::string text;      // without a newline; any bytes

  static constexpr auto fields() {
    using L = LogRecord;
    return std::tuple{field(1, "Time", &L::time), field(2, "Stderr", &L::from_stderr),
                      field(3, "Complete", &L::complete), field(4, "Text", &L::text)};
  }
  bool operator==(const LogRecord&) const = default;
};

// One message of a node's answer.
struct LogBatch {
  std::vector<LogRecord> records;
  bool end = false;    // nothing comes after it
  std::string error;   // with `end`: why it ended before its time; else empty

  static constexpr auto fields() {
    using L = LogBatch;
    return std::tuple{field(1, "Records", &L::records), field(2, "End", &L::end), field(3, "Error", &L::error)};
  }
  bool operator==(const LogBatch&) const = default;
};

// A manager asks for a task's output. `stream` is its own number for it.
struct LogAsk {
  uint64_t stream = 0;
  LogRequest request;

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
  LogBatch batch;

  static constexpr auto fields() {
    return std::tuple{field(1, "Stream", &LogPiece::stream), field(2, "Batch", &LogPiece::batch)};
  }
  bool operator==(const LogPiece&) const = default;
};

}  // namespace es::wire
