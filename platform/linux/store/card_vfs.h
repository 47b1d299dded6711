#pragma once
// Card VFS: SQLite's file system, or a test's, as flash needs it. Its writes and syncs are counted,
// for it wears by them. And it is never taken for "powersafe": a write that is torn may take its
// whole sector along, so SQLite pads each commit to the sector and writes no page of a sector
// without the others (sqlite.org/psow.html).

#include <atomic>
#include <cstdint>
#include <string>

namespace es::store {

struct VfsCounters {
  std::atomic<uint64_t> written_bytes{0};
  std::atomic<uint64_t> flushes{0};
};

// A VFS over the named one ("": the default), known to SQLite by the name that is returned for as
// long as the process lives. One meter for each name: asking again returns the same. Its counters
// start at the first call.
struct CardVfs {
  std::string name;
  VfsCounters* counters;
};
CardVfs card_vfs(const std::string& base);

}  // namespace es::store
