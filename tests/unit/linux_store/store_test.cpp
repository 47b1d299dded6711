// The storage port's promises: what is acknowledged is there, in order; what cannot be is refused.

#include <doctest.h>

#include <algorithm>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "tests/unit/linux_store/fixture.h"

namespace es::store {

using ports::Batch;
using ports::StoredEntry;

TEST_CASE("what was written is loaded") {
  TempDir dir;
  {
    OpenStore store(dir.path());
    CHECK(store.loaded.entries.empty());
    CHECK(store.loaded.hard_state == ports::StoredHardState{});
    Batch batch;
    batch.hard_state = {3, 7};
    batch.entries = {{1, 1, 0, "one"}, {2, 3, 1, std::string("\0two", 4)}, {3, 3, 0, ""}};
    batch.facts["node"] = "me";
    batch.facts["task/a"] = std::string(100'000, 'x');
    batch.facts["gone"] = std::nullopt;
    REQUIRE(store.write(batch).ok());
  }
  OpenStore store(dir.path());
  CHECK(store.loaded.hard_state == ports::StoredHardState{3, 7});
  REQUIRE(store.loaded.entries.size() == 3);
  CHECK(store.loaded.entries[1] == StoredEntry{2, 3, 1, std::string("\0two", 4)});
  CHECK(store.loaded.facts.size() == 2);
  CHECK(store.loaded.facts["task/a"].size() == 100'000);
  CHECK_FALSE(store.loaded.snapshot);
}

TEST_CASE("a node that begins or ends to be a manager forgets the log and keeps its facts") {
  TempDir dir;
  OpenStore store(dir.path());
  Batch before = entries(1, 300, 4);  // more than one transaction sweeps away
  before.hard_state = {4, 2};
  before.facts["membership"] = "here";
  REQUIRE(store.write(before).ok());
  Batch snapshot;
  snapshot.snapshot = ports::StoredSnapshot{100, 4, "managers", "state"};
  snapshot.compact_to = 100;
  REQUIRE(store.write(snapshot).ok());

  Batch reset;
  reset.reset_log = true;
  REQUIRE(store.write(reset).ok());
  store.reopen();
  CHECK(store.loaded.entries.empty());
  CHECK_FALSE(store.loaded.snapshot);
  CHECK(store.loaded.hard_state == ports::StoredHardState{});
  CHECK(store.loaded.facts.size() == 1);

  // A new log begins at 1, over what is left of the old one; in one batch with its first snapshot too.
  REQUIRE(store.write(entries(1, 3, 1)).ok());
  Batch again = entries(8, 9, 2);
  again.reset_log = true;
  again.snapshot = ports::StoredSnapshot{7, 2, "me", "first"};
  REQUIRE(store.write(again).ok());
  store.reopen();
  CHECK(store.loaded.snapshot == again.snapshot);
  REQUIRE(store.loaded.entries.size() == 2);
  CHECK(store.loaded.entries[0] == again.entries[0]);
}

TEST_CASE("the log is truncated, compacted and restarted by a snapshot") {
  TempDir dir;
  OpenStore store(dir.path());
  REQUIRE(store.write(entries(1, 10, 1)).ok());

  Batch replace = entries(8, 12, 2);
  replace.truncate_from = 8;
  REQUIRE(store.write(replace).ok());
  store.reopen();
  REQUIRE(store.loaded.entries.size() == 12);
  CHECK(store.loaded.entries[6].term == 1);
  CHECK(store.loaded.entries[7].term == 2);

  Batch compact;
  compact.snapshot = ports::StoredSnapshot{9, 2, "managers", std::string(300'000, 's')};
  compact.compact_to = 6;
  REQUIRE(store.write(compact).ok());
  store.reopen();
  REQUIRE(store.loaded.entries.size() == 3);
  CHECK(store.loaded.entries[0].index == 10);
  CHECK(store.loaded.snapshot == compact.snapshot);

  Batch install;  // from a leader that is far ahead
  install.snapshot = ports::StoredSnapshot{100, 5, "", "state"};
  REQUIRE(store.write(install).ok());
  REQUIRE(store.write(entries(101, 102, 5)).ok());
  store.reopen();
  REQUIRE(store.loaded.entries.size() == 2);
  CHECK(store.loaded.entries[0].index == 101);
  CHECK(store.loaded.snapshot->index == 100);
}

TEST_CASE("compaction removes a few rows in each transaction, and all of them in the end") {
  TempDir dir;
  OpenStore store(dir.path());
  REQUIRE(store.write(entries(1, 1000, 1)).ok());
  Batch compact;
  compact.snapshot = ports::StoredSnapshot{990, 1, "", "s"};
  compact.compact_to = 990;
  REQUIRE(store.write(compact).ok());
  CHECK(rows(dir.path(), "log") == 800);
  for (uint64_t index = 1001; index < 1006; ++index)
    REQUIRE(store.write(entries(index, index, 1)).ok());
  CHECK(rows(dir.path(), "log") == 15);
  store.reopen();
  CHECK(store.loaded.entries.size() == 15);
}

TEST_CASE("a batch that does not fit the log is refused, and so is all that follows") {
  struct Case {
    const char* name;
    Batch batch;
  };
  Case cases[3] = {{"a gap", entries(12, 12, 1)},
                   {"a compaction without a snapshot", {}},
                   {"an old snapshot", {}}};
  cases[1].batch.compact_to = 5;
  cases[2].batch.snapshot = ports::StoredSnapshot{2, 1, "", "old"};
  for (Case& one : cases) {
    CAPTURE(one.name);
    TempDir dir;
    OpenStore store(dir.path());
    Batch first = entries(1, 10, 1);
    first.snapshot = ports::StoredSnapshot{0, 0, "", ""};
    REQUIRE(store.write(first).ok());
    Batch snapshot;
    snapshot.snapshot = ports::StoredSnapshot{4, 1, "", ""};
    REQUIRE(store.write(snapshot).ok());
    const Status refused = store.write(one.batch);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Errc::kInvalid);
    CHECK_FALSE(store.write(entries(11, 11, 1)).ok());
    store.reopen();
    CHECK(store.loaded.entries.size() == 6);
  }
}

TEST_CASE("completions come in order, and under load many batches share one sync") {
  TempDir dir;
  OpenStore store(dir.path());
  const auto before = store->counters();
  std::vector<uint64_t> order;
  for (uint64_t index = 1; index <= 500; ++index) {
    store->write(entries(index, index, 1), [&order, index](Status status) {
      CHECK(status.ok());
      order.push_back(index);
    });
  }
  store.loop.run_until([&] { return order.size() == 500; });
  CHECK(std::is_sorted(order.begin(), order.end()));
  const auto after = store->counters();
  CHECK(after.batches == 500);
  MESSAGE("500 batches: " << after.transactions << " transactions, "
                          << after.flushes - before.flushes << " flushes");
  CHECK(after.transactions < 250);
}

TEST_CASE("measured: one commit of one entry of 300 bytes at a time") {
  TempDir dir;
  StoreOptions options;
  if (const char* page = std::getenv("ES_PAGE_BYTES")) options.page_bytes = std::atoi(page);
  OpenStore store(dir.path(), options);
  const auto before = store->counters();
  const auto start = std::chrono::steady_clock::now();
  constexpr uint64_t kCommits = 1000;
  for (uint64_t index = 1; index <= kCommits; ++index)
    REQUIRE(store.write(entries(index, index, 1, 300)).ok());
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  const auto after = store->counters();
  const double bytes = static_cast<double>(after.written_bytes - before.written_bytes) / kCommits;
  const double flushes = static_cast<double>(after.flushes - before.flushes) / kCommits;
  MESSAGE(options.page_bytes << " byte pages: " << bytes << " bytes and " << flushes
                             << " flushes a commit, " << took.count() / kCommits << " ms, "
                             << after.checkpoints << " checkpoints");
  CHECK(flushes < 1.05);
  CHECK(bytes < 20'000);
}

TEST_CASE("measured: the start with 10,000 entries, after an orderly end and after a crash") {
  TempDir dir;
  TempDir crashed;
  {
    OpenStore store(dir.path());
    for (uint64_t first = 1; first < 10'000; first += 100)
      REQUIRE(store.write(entries(first, first + 99, 1, 300)).ok());
    // The files as they are now are what a crash leaves behind.
    for (const char* name : {"/edge.db", "/edge.db-wal", "/edge.made"}) {
      write_all(crashed.path() + name, read_all(dir.path() + name));
    }
  }
  for (const TempDir* one : {&dir, &crashed}) {
    const auto start = std::chrono::steady_clock::now();
    const auto loaded = try_load(one->path());
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    REQUIRE(loaded.ok());
    CHECK(loaded->entries.size() == 10'000);
    MESSAGE(std::string(one == &dir ? "orderly end: " : "crash: ") << took.count() << " ms");
  }
}

TEST_CASE("a store whose write-ahead log is gone knows at least what was written first") {
  TempDir dir;
  CHECK_FALSE(was_made(dir.path()));
  {
    OpenStore store(dir.path());
    Batch batch;
    batch.facts["membership"] = "of a swarm";
    REQUIRE(store.write(batch).ok());
    for (int i = 0; i < 10'000 && store->counters().checkpoints == 0; ++i) usleep(1'000);  // on the store's thread, after the answer
    REQUIRE(store->counters().checkpoints > 0);
    // The files as they are now are what a crash leaves behind.
    for (const char* name : {"/edge.db", "/edge.made"}) write_all(dir.path() + name + ".kept", read_all(dir.path() + name));
  }
  CHECK(was_made(dir.path()));
  for (const char* name : {"/edge.db", "/edge.made"}) std::filesystem::rename(dir.path() + name + ".kept", dir.path() + name);
  std::filesystem::remove(dir.path() + "/edge.db-wal");
  auto loaded = try_load(dir.path());
  REQUIRE(loaded.ok());
  CHECK(loaded->facts["membership"] == "of a swarm");
  std::filesystem::remove(dir.path() + "/edge.db");
  loaded = try_load(dir.path());
  REQUIRE_FALSE(loaded.ok());
  CHECK(loaded.error().message == "edge.db is gone");
}

TEST_CASE("a full queue refuses without harm") {
  TempDir dir;
  StoreOptions options;
  options.queue_batches_max = 4;
  OpenStore store(dir.path(), options);
  int accepted = 0;
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    Batch batch;
    batch.facts["f"] = std::to_string(i);
    store->write(batch, [&](Status status) {
      if (status.ok())
        ++accepted;
      else if (status.error().code == Errc::kLimit)
        ++refused;
    });
  }
  store.loop.run_until([&] { return accepted + refused == 2000; });
  CHECK(accepted >= 4);
  CHECK(refused > 0);
  CHECK(store->counters().rejected == static_cast<uint64_t>(refused));
  Batch batch;
  batch.facts["last"] = "yes";
  CHECK(store.write(batch).ok());
}

TEST_CASE("completions come in the order of the calls, refusals and failures too") {
  TempDir dir;
  StoreOptions options;
  options.queue_batches_max = 4;
  OpenStore store(dir.path(), options);
  std::vector<int> order;
  int refused = 0;
  int failed = 0;
  for (int i = 0; i < 400; ++i) {
    Batch batch;
    batch.facts["f"] = std::to_string(i);
    if (i == 200) batch = entries(77, 77, 1);  // fits no log: from here on the store has failed
    store->write(batch, [&, i](Status status) {
      order.push_back(i);
      if (!status.ok()) ++(status.error().code == Errc::kLimit ? refused : failed);
    });
    if (i == 199) store.loop.run_until([&] { return order.size() == 200; });
  }
  store.loop.run_until([&] { return order.size() == 400; });
  CHECK(std::is_sorted(order.begin(), order.end()));
  CHECK(refused > 0);
  CHECK(failed > 0);
}

TEST_CASE("the store is sealed: no plain text in its files, and another key does not open it") {
  TempDir dir;
  const std::string secret = "a secret that must not be on the card";
  {
    OpenStore store(dir.path());
    Batch batch = entries(1, 1, 1);
    batch.entries[0].data = secret;
    batch.facts["token"] = secret;
    batch.snapshot = ports::StoredSnapshot{0, 0, secret, secret};
    REQUIRE(store.write(batch).ok());
  }
  for (const char* name : {"edge.db", "edge.db-wal", "snapshot-1"}) {
    CAPTURE(name);
    CHECK(read_all(dir.path() + "/" + name).find("secret") == std::string::npos);
  }
  Loop loop;
  SqliteStore store({.dir = dir.path(), .aead = &key(2), .post = loop.poster()});
  const auto loaded = store.load();
  REQUIRE_FALSE(loaded.ok());
  CHECK(loaded.error().code == Errc::kCorrupt);
}

TEST_CASE("a damaged store is set aside, and a new one made in its place") {
  TempDir dir;
  {
    OpenStore store(dir.path());
    REQUIRE(store.write(entries(1, 3, 1)).ok());
  }
  write_all(dir.path() + "/edge.db", "garbage");
  CHECK_FALSE(try_load(dir.path()).ok());
  const auto aside = set_aside(dir.path());
  REQUIRE(aside.ok());
  CHECK(read_all(*aside + "/edge.db") == "garbage");
  OpenStore store(dir.path());
  CHECK(store.loaded.entries.empty());
}

TEST_CASE("a store whose database is gone or empty says so") {
  for (const bool gone : {true, false}) {
    TempDir dir;
    { OpenStore store(dir.path()); }
    for (const char* name : {"/edge.db", "/edge.db-wal"}) {
      gone ? (void)unlink((dir.path() + name).c_str()) : write_all(dir.path() + name, "");
    }
    const auto loaded = try_load(dir.path());
    REQUIRE_FALSE(loaded.ok());
    CHECK(loaded.error().code == Errc::kCorrupt);
  }
}

}  // namespace es::store
