#include "platform/linux/store/edge_db.h"

#include <algorithm>

#include <sqlite3.h>

#include "core/base/assert.h"
#include "platform/linux/store/snapshot_file.h"
#include "platform/linux/store/vfs_file.h"
#include "platform/linux/store/wal_audit.h"

namespace es::store {

namespace {

constexpr uint64_t kSnapshotSlots = 2;
constexpr int kCheckpointFrames = 1024;  // 4 MB
// They say who the node is. Without its write-ahead log a database is as it was at its last checkpoint: an older copy of a member, and never a
// board that has not joined yet, which would end all containers.
constexpr uint64_t kFirstTransactions = 4;

constexpr const char* kRootSchema =
    "CREATE TABLE hard_state(id INTEGER PRIMARY KEY, mark BLOB NOT NULL, data BLOB NOT NULL)";

Result<bool> has_schema(Database& database) {
  ES_TRY(Statement count, database.prepare("SELECT count(*) FROM sqlite_schema"));
  ES_TRY(const bool row, count.step());
  return row && count.integer(0) > 0;
}

Status check_structure(Database& database) {
  ES_TRY(Statement check, database.prepare("PRAGMA quick_check(1)"));
  ES_TRY(const bool row, check.step());
  if (row && check.bytes(0) == "ok") return {};
  return corrupt("edge.db is damaged: " + std::string(row ? check.bytes(0) : "no answer"));
}

}  // namespace

Result<EdgeDb> EdgeDb::open(const std::string& dir, const DatabaseOptions& options,
                            const crypto::Aead& aead, ports::Loaded& loaded) {
  sqlite3_vfs* vfs = sqlite3_vfs_find(options.vfs.empty() ? nullptr : options.vfs.c_str());
  ES_ASSERT(vfs != nullptr);
  const std::string made = dir + "/" + kMadeMark;
  const bool expected = file_exists(vfs, made);
  if (expected && !file_exists(vfs, options.path)) return corrupt("edge.db is gone");
  ES_CHECK(audit_wal(vfs, options.path));

  ES_TRY(Database opened, Database::open(options));
  auto database = std::make_unique<Database>(std::move(opened));
  ES_TRY(const bool old, has_schema(*database));
  if (expected && !old) return corrupt("edge.db is empty, though it was not once");
  if (!old) ES_CHECK(create(*database, aead));
  ES_CHECK(check_structure(*database));
  ES_TRY(LogTable log, LogTable::open(*database, aead));
  ES_TRY(FactTable facts, FactTable::open(*database, aead));

  EdgeDb edge(dir, std::move(database), aead, std::move(log), std::move(facts));
  ES_TRY(edge.root_, edge.read_root());
  ES_TRY(loaded, edge.load());
  if (expected) return edge;
  ES_CHECK(edge.checkpoint());
  ES_TRY(VfsFile mark, VfsFile::create(vfs, made));
  ES_CHECK(
      mark.write(0, "edge.db was made\n"));  // SQLite says of an empty file that it is not there
  ES_CHECK(mark.sync());                     // and with it the names of the database and its log
  return edge;
}

// The files are known to be whole. A log that begins anew has no remains of a torn commit in it, which
// the audit of the next start would have to tell from rot.
Status EdgeDb::settle() {
  ES_CHECK(checkpoint());
  return remove_unnamed_snapshots();
}

Status EdgeDb::create(Database& database, const crypto::Aead& aead) {
  ES_CHECK(database.execute("BEGIN IMMEDIATE"));
  // The root's table comes first: kRootPage.
  for (const char* schema : {kRootSchema, LogTable::kSchema, FactTable::kSchema})
    ES_CHECK(database.execute(schema));
  ES_TRY(Statement insert, database.prepare("INSERT INTO hard_state VALUES(1,?1,?2)"));
  const std::string first_mark = mark(0);
  const std::string sealed = seal_root(aead, Root{});
  ES_CHECK(insert.bind(1, first_mark).bind(2, sealed).run());
  return database.execute("COMMIT");
}

Result<Root> EdgeDb::read_root() {
  ES_TRY(Statement select, database_->prepare("SELECT mark,data FROM hard_state WHERE id=1"));
  ES_TRY(const bool row, select.step());
  if (!row) return corrupt("the hard state of edge.db is missing");
  auto root = open_root(*aead_, select.bytes(1));
  if (root.ok() && select.bytes(0) == mark(root->transactions)) return root;
  if (!root.ok() && root.error().code != Errc::kCorrupt) return root;
  return corrupt("the hard state of edge.db is damaged, or the key is not its own");
}

Status EdgeDb::write_root() {
  ++root_.transactions;
  const std::string sealed = seal_root(*aead_, root_);
  ES_TRY(Statement update, database_->prepare("UPDATE hard_state SET mark=?1, data=?2 WHERE id=1"));
  const std::string number = mark(root_.transactions);
  ES_CHECK(update.bind(1, number).bind(2, sealed).run());
  return update.rows_changed() == 1 ? Status() : corrupt("the hard state of edge.db is missing");
}

Result<ports::Loaded> EdgeDb::load() {
  ports::Loaded loaded;
  loaded.hard_state = {root_.term, root_.vote};
  std::optional<Rot> rot;
  ES_TRY(loaded.entries, log_.load(root_, rot));
  ES_TRY(loaded.facts, facts_.load(root_));
  ES_CHECK(load_snapshot(loaded, rot));
  if (rot) keep_evidence(*rot);
  if (root_.lost_index != 0) loaded.lost = ports::LostEntries{root_.lost_index, root_.lost_term};
  return loaded;
}

// Without its snapshot a log says nothing: all of it is lost, and the leader sends a new one.
Status EdgeDb::load_snapshot(ports::Loaded& loaded, std::optional<Rot>& rot) {
  if (root_.snapshot.slot == 0) return {};
  auto snapshot = read_snapshot(database_->vfs(), dir_, *aead_, root_.snapshot);
  if (!snapshot.ok() && snapshot.error().code != Errc::kCorrupt) return snapshot.error();
  if (snapshot.ok()) {
    loaded.snapshot = std::move(snapshot).value();
    const auto covered = [&](const ports::StoredEntry& entry) {
      return entry.index <= root_.snapshot.index;
    };
    std::erase_if(loaded.entries, covered);
    // Rot before the snapshot's end broke the chain of what follows.
    if (root_.last_index < root_.snapshot.index) log_.restart_after(root_, root_.snapshot);
    return {};
  }
  rot = Rot{snapshot.error().message, {}};
  LogTable::note_lost(root_, root_.snapshot.index, root_.snapshot.term);
  if (root_.last_index > root_.snapshot.index) LogTable::note_lost(root_, root_.last_index, root_.last_term);
  root_.snapshot = {};
  log_.restart_after(root_, root_.snapshot);
  loaded.entries.clear();
  return {};
}

// One file of a bounded size, of the last rot that was found; for people, so a failure is no matter.
void EdgeDb::keep_evidence(const Rot& rot) const {
  constexpr size_t kEvidenceBytesMax = 1 << 20;
  auto file = VfsFile::create(database_->vfs(), dir_ + "/rot");
  if (!file.ok()) return;
  const std::string bytes = rot.what + "\n" + rot.evidence.substr(0, kEvidenceBytesMax);
  if (file->write(0, bytes).ok()) static_cast<void>(file->sync().ok());
}

Status EdgeDb::commit(const std::vector<const ports::Batch*>& batches) {
  ES_CHECK(database_->execute("BEGIN IMMEDIATE"));
  // Named by the root on the medium until this transaction is there: whatever a batch of it resets,
  // this file stays as it is.
  const uint64_t named_slot = root_.snapshot.slot;
  for (const ports::Batch* batch : batches) {
    // Two in one transaction would overwrite the file that the last durable root names.
    ES_ASSERT(!batch->snapshot || batch == batches.back());
    ES_CHECK(apply(*batch, named_slot));
  }
  ES_CHECK(log_.sweep(root_));
  ES_CHECK(write_root());
  ES_CHECK(database_->execute("COMMIT"));
  const auto changes_snapshot = [](const ports::Batch* batch) {
    return batch->snapshot.has_value() || batch->reset_log;
  };
  return std::ranges::any_of(batches, changes_snapshot) ? remove_unnamed_snapshots() : Status();
}

Status EdgeDb::apply(const ports::Batch& batch, uint64_t named_slot) {
  if (batch.reset_log) {
    root_.term = 0;
    root_.vote = 0;
    root_.snapshot = {};
    root_.lost_index = root_.lost_term = 0;
    log_.restart_after(root_, root_.snapshot);
  }
  if (batch.snapshot) ES_CHECK(install(*batch.snapshot, named_slot));
  if (batch.truncate_from) ES_CHECK(log_.truncate_from(root_, *batch.truncate_from));
  for (const auto& entry : batch.entries) ES_CHECK(log_.append(root_, entry));
  if (batch.compact_to) ES_CHECK(log_.compact_to(root_, *batch.compact_to));
  if (batch.hard_state) {
    root_.term = batch.hard_state->term;
    root_.vote = batch.hard_state->vote;
    root_.lost_index = root_.lost_term = 0;  // raft knows of it and keeps it with its hard state
  }
  for (const auto& [name, value] : batch.facts) {
    ES_CHECK(value ? facts_.put(root_, name, *value) : facts_.remove(root_, name));
  }
  return {};
}

Status EdgeDb::install(const ports::StoredSnapshot& snapshot, uint64_t named_slot) {
  if (snapshot.index < root_.snapshot.index)
    return invalid("the snapshot is older than the one that is there");
  const uint64_t slot = named_slot % kSnapshotSlots + 1;
  ES_TRY(root_.snapshot, write_snapshot(database_->vfs(), dir_, slot, *aead_, snapshot));
  if (snapshot.index > root_.last_index) log_.restart_after(root_, root_.snapshot);
  return {};
}

Status EdgeDb::remove_unnamed_snapshots() {
  for (uint64_t slot = 1; slot <= kSnapshotSlots; ++slot) {
    const std::string path = snapshot_path(dir_, slot);
    if (slot != root_.snapshot.slot && file_exists(database_->vfs(), path)) {
      ES_CHECK(remove_file(database_->vfs(), path));
    }
  }
  return {};
}

bool EdgeDb::wants_checkpoint() const {
  return database_->wal_frames() >= kCheckpointFrames || root_.transactions <= kFirstTransactions;
}

}  // namespace es::store
