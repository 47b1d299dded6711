#pragma once
// LogReader: the output of one task, as its shim wrote it. A place in the output is a number of
// bytes since the task began; it stays valid while files come and go. Every call looks at the disk
// anew, so one reader follows a running task.

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"

namespace es::runtime {

struct LogLine {
  uint64_t offset = 0;  // of its first byte in the output
  WallTime time;
  bool from_stderr = false;
  bool complete = true;  // false: the line goes on in the next piece of the same stream
  std::string text;      // without a newline; any bytes
};

class LogReader {
 public:
  // As ContainerRuntime::log_directory() says. It may not exist (yet), then there is nothing to
  // read.
  explicit LogReader(std::string directory) : directory_(std::move(directory)) {}

  struct Batch {
    std::vector<LogLine> lines;
    uint64_t next_offset = 0;  // where to read on; with no lines: ask again later
    bool gap = false;          // lines before these have been rotated away
  };
  // Lines from `offset` on, until `max_bytes` of files have been read. Pre: max_bytes >=
  // kReadBytesMin, so that a line fits. Errors: kIo.
  Result<Batch> read(uint64_t offset, size_t max_bytes = 64 << 10) const;
  static constexpr size_t kReadBytesMin = 8 << 10;

  // Where the last `lines` lines begin; lines <= kTailMax. Errors: kIo.
  Result<uint64_t> tail(size_t lines) const;
  static constexpr size_t kTailMax = 100'000;

  // Where the first line begins that is not older than `time`, or the end. Errors: kIo.
  Result<uint64_t> since(WallTime time) const;

 private:
  std::vector<uint64_t> segment_starts() const;

  std::string directory_;
};

}  // namespace es::runtime
