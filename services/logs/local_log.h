#pragma once
// LocalLog: a LogRequest answered from the files of this node. It is asked again and again: as fast as its reader takes what it gives, and,
// while it follows a task that runs, now and then.

#include <cstdint>
#include <optional>

#include "platform/linux/runtime/log_reader.h"
#include "services/logs/log_message.h"

namespace es::logs {

class LocalLog {
 public:
  LocalLog(runtime::LogReader reader, LogRequest request) : reader_(std::move(reader)), request_(request) {}

  // The next records, some 64 KiB at most. No records and not `end`: nothing new; ask again later. `is_running`: the task may still
  // write; a request that does not follow ends with what is there.
  LogBatch next(bool is_running);

 private:
  Status find_start();
  bool is_wanted(const LogRecord& record) const;

  runtime::LogReader reader_;
  LogRequest request_;
  std::optional<uint64_t> offset_;  // empty: not begun
};

}  // namespace es::logs
