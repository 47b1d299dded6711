#pragma once
// EdgeDb: the schema of edge.db and what one transaction does to it. Files of the folder: edge.db
// and its write-ahead log, snapshot-1, snapshot-2, and edge.made, which says that edge.db was whole
// once. One thread at a time; after the first error it must not be used again.

#include <memory>
#include <string>
#include <vector>

#include "core/ports/store.h"
#include "platform/linux/crypto/aead.h"
#include "platform/linux/store/database.h"
#include "platform/linux/store/fact_table.h"
#include "platform/linux/store/log_table.h"
#include "platform/linux/store/root.h"

namespace es::store {

constexpr const char* kMadeMark = "edge.made";

class EdgeDb {
 public:
  // Opens or makes the database in options.path's folder, and reads all of it. Log entries or a
  // snapshot that rotted are told in loaded.lost, for raft can heal them; what they were is kept in
  // the file "rot". Any other damage is an error, and nothing is written to such a database: a hard
  // state that does not open may have held a vote in any term. A database that was made before is only
  // read: settle() comes next. Errors: kCorrupt with what and where, kUnsupported, kIo.
  static Result<EdgeDb> open(const std::string& dir, const DatabaseOptions& options,
                             const crypto::Aead& aead, ports::Loaded& loaded);

  // Clears away what the last run left behind. Until it succeeds, which takes room on the medium, nothing
  // may be committed. Errors: kIo.
  Status settle();

  // The batches in order, as one durable transaction. Pre: settled; only the last one has a snapshot.
  // Errors: kInvalid, kIo, kCorrupt.
  Status commit(const std::vector<const ports::Batch*>& batches);

  // True when the write-ahead log is long enough to be worth writing home, or holds the first transactions of all.
  bool wants_checkpoint() const;
  Status checkpoint() { return database_->checkpoint(); }
  // Before an orderly end; nothing depends on it but the time of the next start.
  Status finish() { return database_->finish(); }

 private:
  EdgeDb(std::string dir, std::unique_ptr<Database> database, const crypto::Aead& aead,
         LogTable log, FactTable facts)
      : dir_(std::move(dir)),
        database_(std::move(database)),
        aead_(&aead),
        log_(std::move(log)),
        facts_(std::move(facts)) {}

  static Status create(Database& database, const crypto::Aead& aead);
  // `named_slot`: of the snapshot's file that must stay until the transaction is durable.
  Status apply(const ports::Batch& batch, uint64_t named_slot);
  Status install(const ports::StoredSnapshot& snapshot, uint64_t named_slot);
  Result<Root> read_root();
  Status write_root();
  Result<ports::Loaded> load();
  Status load_snapshot(ports::Loaded& loaded, std::optional<Rot>& rot);
  void keep_evidence(const Rot& rot) const;
  Status remove_unnamed_snapshots();

  std::string dir_;
  std::unique_ptr<Database> database_;  // before the statements, which must go first
  const crypto::Aead* aead_;
  LogTable log_;
  FactTable facts_;
  Root root_;
};

}  // namespace es::store
