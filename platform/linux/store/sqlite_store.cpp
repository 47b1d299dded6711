#include "platform/linux/store/sqlite_store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "core/base/assert.h"
#include "platform/linux/store/card_vfs.h"
#include "platform/linux/store/edge_db.h"
#include "platform/linux/store/medium.h"

namespace es::store {

namespace {

// Of one transaction: what SQLite cannot keep in its cache it writes twice.
constexpr size_t kGroupBytesMax = 1 << 20;
constexpr int64_t kHeapBytesMax = 32 << 20;

size_t bytes_of(const ports::Batch& batch) {
  size_t bytes = 0;
  if (batch.snapshot) bytes += batch.snapshot->configuration.size() + batch.snapshot->data.size();
  for (const auto& entry : batch.entries) bytes += entry.data.size();
  for (const auto& [name, value] : batch.facts) bytes += name.size() + (value ? value->size() : 0);
  return bytes;
}

Error io_error(const std::string& what) { return {Errc::kIo, what + ": " + std::strerror(errno)}; }

}  // namespace

SqliteStore::SqliteStore(StoreOptions options) : options_(std::move(options)) {
  ES_ASSERT(options_.aead != nullptr && options_.post);
}

SqliteStore::~SqliteStore() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  filled_.notify_one();
  thread_.join();
}

Result<ports::Loaded> SqliteStore::load() {
  ES_ASSERT(!thread_.joinable());
  ES_TRY(ports::Loaded loaded, open_database());
  // What was read is whole: a board whose disk is full starts with it, and is refused its writes until reopen() finds room.
  if (const Status settled = settle(); !settled.ok()) failure_ = settled.error();
  thread_ = std::thread([this] { run(); });
  return loaded;
}

Result<ports::Loaded> SqliteStore::open_database() {
  sqlite3_hard_heap_limit64(kHeapBytesMax);
  const bool on_disk = options_.vfs.empty();
  if (on_disk && mkdir(options_.dir.c_str(), 0700) != 0 && errno != EEXIST)
    return io_error("cannot make " + options_.dir);
  const DatabaseOptions database{options_.dir + "/edge.db", card_vfs(options_.vfs).name,
                                 options_.page_bytes, options_.synchronous};
  ports::Loaded loaded;
  auto edge = EdgeDb::open(options_.dir, database, *options_.aead, loaded);
  if (!edge.ok()) return explained(edge.error());
  edge_ = std::make_unique<EdgeDb>(std::move(edge).value());
  return loaded;
}

Status SqliteStore::settle() {
  const Status settled = edge_->settle();
  return settled.ok() ? Status() : explained(settled.error());
}

// What a person can do something about is said first.
Error SqliteStore::explained(Error error) const {
  if (error.code != Errc::kIo) return error;
  const Status room = options_.vfs.empty() ? check_room(options_.dir) : Status();
  std::string why = room.ok() ? std::string("the data disk fails") : room.error().message;
  if (error.message.find("disk is full") != error.message.npos) why = kDiskFull;  // SQLite's words
  if (error.message.starts_with(why)) return error;
  return {Errc::kIo, why + " (" + error.message + ")"};
}

void SqliteStore::reopen(std::function<void(Result<ports::Loaded>)> done) {
  ES_ASSERT(thread_.joinable());
  {
    const std::lock_guard lock(mutex_);
    Queued last;
    last.reopened = std::move(done);
    queue_.push_back(std::move(last));
  }
  filled_.notify_one();
}

void SqliteStore::open_again(std::function<void(Result<ports::Loaded>)> done) {
  edge_.reset();
  Status works;
  if (options_.vfs.empty()) works = try_medium(options_.dir);
  auto loaded = works.ok() ? open_database() : Result<ports::Loaded>(works.error());
  if (loaded.ok()) {
    if (const Status settled = settle(); !settled.ok()) loaded = settled.error();
  }
  {
    const std::lock_guard lock(mutex_);
    failure_.reset();
    if (!loaded.ok()) failure_ = loaded.error();
  }
  options_.post([done = std::move(done), loaded = std::move(loaded)] { done(loaded); });
}

void SqliteStore::write(ports::Batch batch, std::function<void(Status)> done) {
  ES_ASSERT(thread_.joinable());
  const size_t bytes = bytes_of(batch);
  {
    const std::lock_guard lock(mutex_);
    const bool full = queue_.size() >= options_.queue_batches_max ||
                      (!queue_.empty() && queue_bytes_ + bytes > options_.queue_bytes_max);
    if (full) {
      // The answer waits for its turn all the same: completions come in the order of the calls.
      ++counters_.rejected;
      queue_.push_back({{}, std::move(done), 0, true});
    } else {
      queue_.push_back({std::move(batch), std::move(done), bytes, false});
      queue_bytes_ += bytes;
    }
  }
  filled_.notify_one();
}

void SqliteStore::run() {
  for (;;) {
    Group group = take_group();
    if (group.empty()) break;
    if (group.front().reopened) {
      open_again(std::move(group.front().reopened));
      continue;
    }
    const Status status = commit(group);
    complete(std::move(group), status);
    if (!status.ok() || !edge_->wants_checkpoint()) continue;
    const Status written_home = edge_->checkpoint();
    const std::lock_guard lock(mutex_);
    ++counters_.checkpoints;
    if (!written_home.ok()) failure_ = explained(written_home.error());
  }
  const std::lock_guard lock(mutex_);
  if (!failure_) (void)edge_->finish();
}

// Waits; empty when the store stops. A snapshot ends its group, see EdgeDb::commit(); a reopening is
// one of its own.
SqliteStore::Group SqliteStore::take_group() {
  std::unique_lock lock(mutex_);
  filled_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  Group group;
  size_t bytes = 0;
  while (!queue_.empty()) {
    Queued& next = queue_.front();
    if (!group.empty() && (next.reopened || bytes + next.bytes > kGroupBytesMax)) break;
    bytes += next.bytes;
    queue_bytes_ -= next.bytes;
    const bool last = next.batch.snapshot.has_value() || next.reopened;
    group.push_back(std::move(next));
    queue_.pop_front();
    if (last) break;
  }
  return group;
}

Status SqliteStore::commit(const Group& group) {
  {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
  }
  std::vector<const ports::Batch*> batches;
  for (const Queued& queued : group) {
    if (!queued.refused) batches.push_back(&queued.batch);
  }
  if (batches.empty()) return {};
  Status status = edge_->commit(batches);

  const std::lock_guard lock(mutex_);
  if (!status.ok()) {
    failure_ = explained(status.error());
    return *failure_;
  }
  ++counters_.transactions;
  for (const Queued& queued : group) {
    if (queued.refused) continue;
    ++counters_.batches;
    counters_.entries += queued.batch.entries.size();
    counters_.payload_bytes += queued.bytes;
  }
  return status;
}

void SqliteStore::complete(Group group, const Status& status) {
  options_.post([group = std::make_shared<Group>(std::move(group)), status] {
    const Error full{Errc::kLimit,
                     "the store's queue is full: the disk is slower than what is written"};
    for (Queued& queued : *group) queued.done(queued.refused ? Status(full) : status);
  });
}

StoreCounters SqliteStore::counters() const {
  const VfsCounters& vfs = *card_vfs(options_.vfs).counters;
  const std::lock_guard lock(mutex_);
  StoreCounters now = counters_;
  now.written_bytes = vfs.written_bytes;
  now.flushes = vfs.flushes;
  now.queued = queue_.size();
  return now;
}

bool was_made(const std::string& dir) { return access((dir + "/" + kMadeMark).c_str(), F_OK) == 0; }

Result<std::string> set_aside(const std::string& dir) {
  std::string aside;
  int failed = -1;
  for (int number = 1; number <= 1000 && failed != 0; ++number) {
    aside = dir + "/damaged-" + std::to_string(number);
    failed = mkdir(aside.c_str(), 0700);
    if (failed != 0 && errno != EEXIST) break;
  }
  if (failed != 0) return io_error("cannot make " + aside);
  for (const char* name : {"edge.db-wal", "edge.db", "snapshot-1", "snapshot-2", kMadeMark}) {
    const std::string from = dir + "/" + name;
    if (rename(from.c_str(), (aside + "/" + name).c_str()) != 0 && errno != ENOENT) {
      return io_error("cannot set " + from + " aside");
    }
  }
  const int folder = open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return io_error("cannot open " + dir);
  const int synced = fsync(folder);
  close(folder);
  if (synced != 0) return io_error("cannot sync " + dir);
  return aside;
}

}  // namespace es::store
