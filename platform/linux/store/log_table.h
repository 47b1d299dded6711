#pragma once
// LogTable: the Raft log as rows, each sealed with the tag of the one before it. Which rows count
// is said by the Root alone: removing entries moves its bounds, and every later transaction deletes
// a few of the rows outside them (many deletes at once would hold many pages in memory).

#include <optional>
#include <string>
#include <vector>

#include "core/ports/store.h"
#include "platform/linux/crypto/aead.h"
#include "platform/linux/store/database.h"
#include "platform/linux/store/root.h"

namespace es::store {

// What rot left of something: a sentence about it, and the bytes that do not open, if there are any.
struct Rot {
  std::string what;
  std::string evidence;
};

class LogTable {
 public:
  static constexpr int kSweptRows = 200;  // of one transaction, at most

  static constexpr const char* kSchema =
      "CREATE TABLE log(idx INTEGER PRIMARY KEY, term INTEGER NOT NULL, type INTEGER NOT NULL, "
      "data BLOB NOT NULL)";

  static Result<LogTable> open(Database& database, const crypto::Aead& aead);

  // Errors (of the three): kInvalid, when the batch does not fit the log that is there; kIo;
  // kCorrupt.
  Status append(Root& root, const ports::StoredEntry& entry);
  Status truncate_from(Root& root, uint64_t index);
  Status compact_to(Root& root, uint64_t index);

  // The log went up to entry `index` of `term` before rot took some of it.
  static void note_lost(Root& root, uint64_t index, uint64_t term);

  // Forgets every entry; the next one follows the snapshot.
  void restart_after(Root& root, const SnapshotRef& snapshot);

  Status sweep(const Root& root);

  // Every entry that the root knows, or those before the first one that is damaged or missing: then
  // the root knows these only, and `rot` says what was found. Errors: kCorrupt, when the entries are
  // not those that were written last, which no healing may build on; kIo.
  Result<std::vector<ports::StoredEntry>> load(Root& root, std::optional<Rot>& rot);

 private:
  LogTable(const crypto::Aead& aead) : aead_(&aead) {}
  Result<std::string> link_at(const Root& root, uint64_t index);

  const crypto::Aead* aead_;
  bool dead_rows_ = true;  // perhaps there are rows outside the root's bounds
  Statement insert_;
  Statement link_;
  Statement sweep_below_;
  Statement sweep_above_;
  Statement select_;
};

}  // namespace es::store
