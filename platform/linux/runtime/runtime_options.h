#pragma once
// RuntimeOptions: what the daemon decides about its containers.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace es::runtime {

struct RuntimeOptions {
  std::string run_directory;  // absolute; <it>/tasks/<id> and the engine's state; best on a tmpfs
  // <it>/<id>; empty: <run_directory>/logs. On an SD card every line of a task wears it out, so the
  // default is memory: at most log_segments * log_segment_bytes of it a task.
  std::string log_directory;
  std::string volumes_directory;  // absolute; the files of named volumes
  std::string engine;             // absolute path of crun or runc; empty: what is installed
  std::string cgroup_parent = "/edgeswarm";
  std::string_view shim;  // the executable of services/shim; must live as long as the runtime
  uint32_t log_segment_bytes = 1 << 20;  // 16 KiB..1 GiB
  uint32_t log_segments = 2;             // 1..16
  uint32_t concurrent_starts = 8;        // 1..64; crun is CPU-bound, more only makes each slower
  uint32_t queued_starts = 512;
  uint64_t start_timeout_ms = 60'000;
  int64_t cpu_count = 1;                   // whose weight the tasks' cgroup gets
  int64_t daemon_memory_bytes = 16 << 20;  // guaranteed to the daemon where the kernel can (v2)
  // One sentence for people, once for each fact about this host.
  std::function<void(std::string_view)> log;
};

}  // namespace es::runtime
