#pragma once
// The command line of the shim; docs/formats/shim.md describes it. Everything secret is in the
// bundle, nothing here.

#include <stddef.h>

namespace es::shim {

// Open when the shim starts; the daemon puts them there.
constexpr int kTaskDirectory =
    3;  // locked with flock: whoever finds the lock taken knows that the shim lives
constexpr int kLogDirectory = 4;
constexpr int kStartingPipe = 5;  // closed once `started` or `exit` has been written

constexpr size_t kSegmentBytesMin = 16 << 10;
constexpr size_t kSegmentBytesMax = 1 << 30;
constexpr size_t kSegmentsMax = 16;

struct Options {
  size_t segment_bytes = 1 << 20;      // kSegmentBytesMin..kSegmentBytesMax
  size_t segments = 2;                 // 1..kSegmentsMax
  const char* oom_events = nullptr;    // cgroup file with a line "oom_kill N"
  const char* hidden_mount = nullptr;  // unmounted in the runtime's own mount namespace
  char** runtime = nullptr;            // what to run, zero-terminated; argv[0] is an absolute path
};

// False for a command line that the shim does not understand.
bool parse_options(char** argv, Options& out);

}  // namespace es::shim
