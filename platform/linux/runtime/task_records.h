#pragma once
// What stands in a task's directory: the shim's records and our own. docs/formats/shim.md lists
// their lines. All are "key value" lines, each file put in place by a rename, so that a reader sees
// all of it or none.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/ports/runtime.h"

namespace es::runtime {

using RecordLines = std::map<std::string, std::string, std::less<>>;
RecordLines parse_record(std::string_view text);

struct StartedRecord {
  int pid = 0;
  int64_t runtime_us = 0;  // how long crun took
};
// Nothing when the file is not there, or is not a record.
std::optional<StartedRecord> read_started(const std::string& task_directory);

// Of the shim itself; 0 when it has not come that far.
int read_shim_pid(const std::string& task_directory);

// `exit` as an event: StartFailed when the container never ran, else Exited.
std::optional<ports::ContainerEvent> read_exit(const std::string& task_directory);

// How to stop the task, for a daemon that adopts it.
struct StopRecord {
  int signal = 15;
  Duration grace_period = seconds(10);
};
std::string write_stop(const StopRecord& stop);
StopRecord parse_stop(std::string_view text);

}  // namespace es::runtime
