#include "platform/linux/runtime/task_records.h"

#include <algorithm>
#include <charconv>

#include "platform/linux/cgroup/small_file.h"
#include "platform/linux/runtime/engine.h"

namespace es::runtime {

namespace {

constexpr size_t kRecordBytesMax = 4096;

int64_t number(const RecordLines& lines, std::string_view key) {
  const auto found = lines.find(key);
  if (found == lines.end()) return 0;
  int64_t value = 0;
  std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
  return value;
}

RecordLines read_record(const std::string& path) {
  return parse_record(cgroup::read_small_file(path, kRecordBytesMax).value_or(""));
}

}  // namespace

RecordLines parse_record(std::string_view text) {
  RecordLines lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const size_t space = line.find(' ');
    if (space != std::string_view::npos)
      lines.emplace(line.substr(0, space), line.substr(space + 1));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::optional<StartedRecord> read_started(const std::string& task_directory) {
  const RecordLines lines = read_record(task_directory + "/started");
  const int64_t pid = number(lines, "pid");
  if (pid <= 0) return std::nullopt;
  return StartedRecord{static_cast<int>(pid), number(lines, "runtime_us")};
}

int read_shim_pid(const std::string& task_directory) {
  return static_cast<int>(number(read_record(task_directory + "/shim"), "pid"));
}

std::optional<ports::ContainerEvent> read_exit(const std::string& task_directory) {
  const RecordLines lines = read_record(task_directory + "/exit");
  if (const auto error = lines.find("start_error"); error != lines.end()) {
    return ports::ContainerStartFailed{engine_reason(error->second)};
  }
  if (!lines.contains("code")) return std::nullopt;
  ports::ContainerExited exited;
  exited.exit_code = number(lines, "code");
  exited.signal = static_cast<int>(number(lines, "signal"));
  // A task whose child was killed and that ended well by itself was not ended by the kill.
  exited.oom_killed = number(lines, "oom_kills") > 0 && exited.exit_code != 0;
  exited.at = WallTime{number(lines, "finished_ns")};
  return exited;
}

std::string write_stop(const StopRecord& stop) {
  return "signal " + std::to_string(stop.signal) + "\ngrace_period_ns " +
         std::to_string(stop.grace_period.ns) + "\n";
}

StopRecord parse_stop(std::string_view text) {
  const RecordLines lines = parse_record(text);
  StopRecord stop;
  if (const int64_t signal = number(lines, "signal"); signal > 0 && signal <= 64)
    stop.signal = static_cast<int>(signal);
  if (lines.contains("grace_period_ns")) {
    stop.grace_period = nanoseconds(std::max<int64_t>(number(lines, "grace_period_ns"), 0));
  }
  return stop;
}

}  // namespace es::runtime
