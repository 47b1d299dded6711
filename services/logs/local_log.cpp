#include "services/logs/local_log.h"

#include <algorithm>

namespace es::logs {

namespace {
LogBatch last_batch(std::string error = {}) { return {{}, true, std::move(error)}; }
}  // namespace

// Where both bounds are given, the later one counts.
Status LocalLog::find_start() {
  uint64_t start = 0;
  if (request_.tail >= 0) {
    const auto lines = static_cast<size_t>(std::min<int64_t>(request_.tail, runtime::LogReader::kTailMax));
    ES_TRY(start, reader_.tail(lines));
  }
  if (request_.since.ns > 0) {
    ES_TRY(const uint64_t since, reader_.since(request_.since));
    start = std::max(start, since);
  }
  offset_ = start;
  return {};
}

bool LocalLog::is_wanted(const LogRecord& record) const {
  return record.from_stderr ? request_.with_stderr : request_.with_stdout;
}

LogBatch LocalLog::next(bool is_running) {
  if (!offset_) {
    if (const Status started = find_start(); !started.ok()) return last_batch(started.error().message);
  }
  auto read = reader_.read(*offset_);
  if (!read.ok()) return last_batch(read.error().message);
  if (read->lines.empty()) return request_.follow && is_running ? LogBatch{} : last_batch();
  offset_ = read->next_offset;
  LogBatch batch;
  for (runtime::LogLine& line : read->lines) {
    if (request_.until.ns > 0 && line.time > request_.until) {
      batch.end = true;
      break;
    }
    LogRecord record{line.time, line.from_stderr, line.complete, std::move(line.text)};
    if (is_wanted(record)) batch.records.push_back(std::move(record));
  }
  return batch;
}

}  // namespace es::logs
