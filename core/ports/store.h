#pragma once
// Store: what must survive a pulled plug. One batch is one transaction; its completion means that it is on the medium. An error is final:
// after a failed sync nobody knows what the medium holds (Rebello et al., "Can Applications Recover from fsync Failures?", 2020).

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace es::ports {

struct StoredEntry {
  uint64_t index = 0;
  uint64_t term = 0;
  uint8_t type = 0;  // raft's entry type
  std::string data;

  bool operator==(const StoredEntry&) const = default;
};

struct StoredHardState {
  uint64_t term = 0;
  uint64_t vote = 0;  // 0: none

  bool operator==(const StoredHardState&) const = default;
};

struct StoredSnapshot {
  uint64_t index = 0;
  uint64_t term = 0;
  std::string configuration;  // encoded by the owner
  std::string data;

  bool operator==(const StoredSnapshot&) const = default;
};

// Applied in this order: reset, snapshot, truncate, append, compact, hard state, facts.
struct Batch {
  bool reset_log = false;  // forgets hard state, snapshot and entries: the node begins, or ends, to be a manager
  std::optional<StoredSnapshot> snapshot;  // replaces the snapshot before it
  std::optional<uint64_t> truncate_from;   // removes this entry and all after it
  std::vector<StoredEntry> entries;        // consecutive, right after the last one
  std::optional<uint64_t> compact_to;      // removes entries up to and with this one
  std::optional<StoredHardState> hard_state;
  // Small named records: the node's membership, the agent's tasks ("task/<id>"). An empty optional removes the record.
  std::map<std::string, std::optional<std::string>> facts;

  bool empty() const {
    return !reset_log && !snapshot && !truncate_from && entries.empty() && !compact_to && !hard_state && facts.empty();
  }
};

// Entries that rot took: the index and the term of the last one that the log once held. Term 0: not known.
struct LostEntries {
  uint64_t index = 0;
  uint64_t term = 0;

  bool operator==(const LostEntries&) const = default;
};

struct Loaded {
  StoredHardState hard_state;
  std::optional<StoredSnapshot> snapshot;
  std::vector<StoredEntry> entries;  // those after the snapshot, without a gap; where rot was found, the readable ones before it
  std::map<std::string, std::string> facts;
  std::optional<LostEntries> lost;  // there if rot was found in the entries; the owner's next batch truncates what is left of them
};

class Store {
 public:
  virtual ~Store() = default;

  // Errors: kCorrupt with what and where (the evidence is kept), kIo.
  virtual Result<Loaded> load() = 0;

  // Queues the batch; `done` is called on the loop's thread, in the order of the calls, when the batch is durable or has failed.
  // Errors, given to `done`: kIo (final until reopen()), kLimit (the queue is full; nothing was written, and the same batch may be
  // written again).
  virtual void write(Batch batch, std::function<void(Status)> done) = 0;

  // After a final error: looks whether the medium works again, opens it and reads what is durable, as
  // load() does. `done` is called behind the completions of every earlier write; after a success
  // writes are taken again. Errors: kIo while the medium still refuses, kCorrupt.
  virtual void reopen(std::function<void(Result<Loaded>)> done) { done(load()); }
};

}  // namespace es::ports
