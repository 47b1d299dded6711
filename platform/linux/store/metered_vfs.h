#pragma once
// Metered VFS: SQLite's file system, or a test's, with its writes and syncs counted: flash wears by them.

#include <atomic>
#include <cstdint>
#include <string>

namespace es::store {

struct VfsCounters {
  std::atomic<uint64_t> written_bytes{0};
  std::atomic<uint64_t> flushes{0};
};

// A VFS over the named one ("": the default), known to SQLite by the name that is returned for as long as the process lives. One
// meter for each name: asking again returns the same. Its counters start at the first call.
struct MeteredVfs {
  std::string name;
  VfsCounters* counters;
};
MeteredVfs metered_vfs(const std::string& base);

}  // namespace es::store
