#pragma once
// SqliteStore: the storage port on SQLite. One thread of its own owns the database; while it syncs
// one transaction the queue fills, and the next transaction takes all that is there: group commit
// without a timer. The first error is final for the database's handle: after a failed sync nobody
// knows what the page cache has in common with the medium. reopen() drops both and reads the medium.
//
//   SqliteStore store({.dir = "/var/lib/edgeswarm/store", .aead = &aead, .post = loop_post});
//   auto loaded = store.load();
//   store.write(batch, done);
//
// A store that load() called damaged is left as it is; the caller decides to call set_aside() and
// to join its cluster anew.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "core/ports/store.h"
#include "platform/linux/crypto/aead.h"

namespace es::store {

class EdgeDb;

struct StoreOptions {
  std::string dir;                     // is made, with mode 0700, when it is not there
  const crypto::Aead* aead = nullptr;  // outlives the store; used by the store alone
  // Runs a function on the loop's thread, in the order of the calls. Called from the store's
  // thread.
  std::function<void(std::function<void()>)> post;

  size_t queue_batches_max = 4096;
  size_t queue_bytes_max = 16 << 20;  // one larger batch is taken when the queue is empty
  int page_bytes = 4096;
  std::string vfs = {};              // for tests; empty: SQLite's own
  std::string synchronous = "FULL";  // for tests that must fail
};

struct StoreCounters {
  uint64_t batches = 0;
  uint64_t transactions = 0;
  uint64_t entries = 0;
  uint64_t payload_bytes = 0;  // handed in: entries, facts and snapshots
  uint64_t written_bytes = 0;  // handed to the file system
  uint64_t flushes = 0;
  uint64_t checkpoints = 0;
  uint64_t rejected = 0;  // batches that found the queue full
  uint64_t queued = 0;    // batches now
};

class SqliteStore final : public ports::Store {
 public:
  explicit SqliteStore(StoreOptions options);
  // Writes what is queued, and posts its completions.
  ~SqliteStore() override;

  // Once. Errors: kCorrupt with what and where, kUnsupported, kIo.
  Result<ports::Loaded> load() override;
  // Pre: load() succeeded.
  void write(ports::Batch batch, std::function<void(Status)> done) override;
  void reopen(std::function<void(Result<ports::Loaded>)> done) override;

  StoreCounters counters() const;

 private:
  struct Queued {
    ports::Batch batch;
    std::function<void(Status)> done;
    size_t bytes = 0;
    bool refused = false;  // for want of room; the batch was dropped, the answer is still due
    std::function<void(Result<ports::Loaded>)> reopened = nullptr;  // instead of all of the above
  };
  using Group = std::deque<Queued>;

  Result<ports::Loaded> open_database();
  Status settle();
  void run();
  void open_again(std::function<void(Result<ports::Loaded>)> done);
  Error explained(Error error) const;
  Group take_group();
  Status commit(const Group& group);
  void complete(Group group, const Status& status);

  StoreOptions options_;
  std::unique_ptr<EdgeDb> edge_;  // after load() of thread_ alone

  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Queued> queue_;      // with mutex_
  size_t queue_bytes_ = 0;        // with mutex_
  bool stopping_ = false;         // with mutex_
  std::optional<Error> failure_;  // with mutex_
  StoreCounters counters_;        // with mutex_
  std::thread thread_;
};

// True when `dir` held a whole store once, whatever has become of it.
bool was_made(const std::string& dir);

// Moves every file of a store into a new folder inside `dir`, whose path it returns, so that a
// damaged store can be studied and a new one made. Errors: kIo.
Result<std::string> set_aside(const std::string& dir);

}  // namespace es::store
