#pragma once
// The two facts about a task that outlive everyone: `started` and `exit`, small text files in the
// task's directory, each put there by a rename. docs/formats/shim.md lists their lines.

#include <stdint.h>

#include "services/shim/text.h"

namespace es::shim {

constexpr size_t kReasonMax = 1024;
using Reason = Text<kReasonMax>;

// Takes the space of the exit record while there is some: a full disk must not swallow an exit
// code.
void reserve_exit_record(int directory);

// The shim's own process id, for whoever finds the directory locked.
void write_shim_record(int directory);
void write_started_record(int directory, int pid, int64_t runtime_us);

struct Exit {
  int code = 0;    // 128 + signal when a signal ended it
  int signal = 0;  // 0: none
  int64_t oom_kills = 0;
  uint64_t lost_log_bytes = 0;
  const Reason* start_error = nullptr;  // there when the container never ran
};

Exit exit_of_status(int wait_status);
void write_exit_record(int directory, const Exit& exit);

// The number behind "oom_kill " in a cgroup's file; 0 where it cannot be read.
int64_t read_oom_kills(const char* path);

// The process id that the runtime wrote, or -1.
int read_pid(int directory);

}  // namespace es::shim
