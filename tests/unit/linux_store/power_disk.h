#pragma once
// PowerDisk: a disk in memory under SQLite, as the VFS "power". It records every operation, and
// gives the disk as it may be found after the power failed behind any of them: what was not synced
// is there, is not, is torn, or has taken its sector along.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/prng.h"

namespace es::store {

using Disk = std::map<std::string, std::string>;  // path -> bytes

enum class Cut {
  kLoseAll,  // of what was not synced
  kKeepAll,
  kReorder,    // each write or none of it
  kTorn,       // each piece of 512 bytes or none of it
  kGarbage,    // besides, pieces hold anything, within the bytes that were written
  kGarbage4k,  // besides, the whole sector of 4096 bytes does, what it held before included
};
constexpr Cut kCuts[] = {Cut::kLoseAll, Cut::kKeepAll, Cut::kReorder,
                         Cut::kTorn,    Cut::kGarbage, Cut::kGarbage4k};

struct Operation {
  enum class Kind {
    kCreate,
    kWrite,
    kTruncate,
    kSync,
    kSyncFolder,
    kDelete,
    kBegin,
    kAcknowledged
  };
  Kind kind;
  std::string path;
  uint64_t offset = 0;  // or size, or the number of begin and acknowledged
  std::string bytes;
};

struct Outage {
  Disk disk;
  uint64_t begun = 0;  // 0: none
  uint64_t acknowledged = 0;
};

struct Trace {
  Disk start;
  std::vector<Operation> operations;

  // The disk when the power failed before operation `upto`, and which numbers had begun and were
  // acknowledged by then.
  Outage cut(size_t upto, Cut how, Prng& prng) const;
};

class PowerDisk {
 public:
  static constexpr const char* kVfs = "power";

  // Registers the VFS; one disk at a time.
  PowerDisk();
  ~PowerDisk();
  PowerDisk(const PowerDisk&) = delete;
  PowerDisk& operator=(const PowerDisk&) = delete;

  // Goes on with this disk, and records from here.
  void insert(Disk with);
  void mark(Operation::Kind kind, uint64_t number) {
    trace.operations.push_back({kind, "", number, ""});
  }
  uint64_t used_bytes() const;

  Disk disk;
  Trace trace;
  int fail_sync = 0;            // the n-th sync from now fails
  int fail_write = 0;           // the n-th write from now fails
  uint64_t capacity_bytes = 0;  // 0: endless
  bool powersafe = false;       // claims that a torn write leaves its neighbours alone
};

}  // namespace es::store
