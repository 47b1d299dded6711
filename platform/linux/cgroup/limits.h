#pragma once
// How a promise becomes the kernel's numbers (DESIGN D5). Reservations are relative weights that
// add up to the machine: since the scheduler never hands out more than the machine has, a task
// under contention gets at least what it reserved.

#include <cstdint>

namespace es::cgroup {

constexpr int64_t kNanoPerCpu = 1'000'000'000;
constexpr int64_t kCpuPeriodUs = 100'000;

// v1 cpu.shares: 1024 for one CPU, 2..262144. A task that reserves nothing gets the least, so that
// it cannot dilute what others were promised.
int64_t cpu_shares(int64_t reserved_cpu_nano);

// v2 cpu.weight: 100 for one CPU, 1..10000.
int64_t cpu_weight(int64_t reserved_cpu_nano);

// CPU time per kCpuPeriodUs; the kernel refuses less than 1000. Pre: limit_cpu_nano > 0.
int64_t cpu_quota_us(int64_t limit_cpu_nano);

// pids.max of a task that names no limit: a quarter of the threads that the kernel allows at all
// (which follows from the memory: 4096 on a board of 512 MB), within 256..4096. A fork bomb then
// leaves the others room.
int64_t default_pids_max(int64_t kernel_threads_max);

}  // namespace es::cgroup
