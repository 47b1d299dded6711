#pragma once
// What a manager's API asks a node for, and what comes back: the output of one task. The driver carries it between nodes; the
// formats of Docker are made from it in docker_stream.h.

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "core/base/fields.h"
#include "core/base/id.h"
#include "core/base/time.h"

namespace es::logs {

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

}  // namespace es::logs
