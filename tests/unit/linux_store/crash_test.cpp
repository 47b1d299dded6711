// kill -9 at random moments, on a real file system: what the dead process had acknowledged is
// there.

#include <doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

#include "core/base/prng.h"
#include "tests/unit/linux_store/fixture.h"

namespace es::store {

namespace {

// Writes entries and facts, and reports the number of each acknowledged batch, until it is killed.
[[noreturn]] void write_forever(const std::string& dir, int report) {
  OpenStore store(dir);
  uint64_t index = store.loaded.entries.empty() ? 0 : store.loaded.entries.back().index;
  if (store.loaded.snapshot) index = std::max(index, store.loaded.snapshot->index);
  size_t in_flight = 0;
  for (;;) {
    ports::Batch batch = entries(index + 1, index + 1, 1);
    ++index;
    batch.facts["last"] = std::to_string(index);
    batch.hard_state = {1, index};
    if (index % 50 == 0) {
      batch.snapshot = ports::StoredSnapshot{index - 10, 1, "c", std::string(70'000, 's')};
      batch.compact_to = index - 20;
    }
    ++in_flight;
    store->write(std::move(batch), [&in_flight, report, index](Status status) {
      if (!status.ok() || ::write(report, &index, sizeof index) != sizeof index) _exit(1);
      --in_flight;
    });
    store.loop.run_until([&] { return in_flight < 8; });
  }
}

}  // namespace

TEST_CASE("what was acknowledged survives kill -9") {
  TempDir dir;
  Prng prng(7);
  uint64_t acknowledged = 0;
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    int pipe_ends[2];
    REQUIRE(pipe(pipe_ends) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      close(pipe_ends[0]);
      write_forever(dir.path(), pipe_ends[1]);
    }
    close(pipe_ends[1]);
    // Dead after some acknowledgements; where in the next transaction that is, chance decides.
    uint64_t number = 0;
    for (uint64_t left = 1 + prng.below(120);
         left > 0 && read(pipe_ends[0], &number, sizeof number) > 0; --left) {
      acknowledged = number;
    }
    for (uint64_t spin = prng.below(200'000); spin > 0; --spin)
      std::atomic_signal_fence(std::memory_order_seq_cst);
    kill(child, SIGKILL);
    while (read(pipe_ends[0], &number, sizeof number) > 0) acknowledged = number;
    close(pipe_ends[0]);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));

    const auto loaded = try_load(dir.path());
    REQUIRE(loaded.ok());
    REQUIRE_FALSE(loaded->entries.empty());
    const uint64_t last = loaded->entries.back().index;
    CHECK(last >= acknowledged);
    CHECK(loaded->facts.at("last") == std::to_string(last));
    CHECK(loaded->hard_state.vote == last);
    for (const auto& entry : loaded->entries)
      CHECK(entry == entries(entry.index, entry.index, 1).entries[0]);
  }
  MESSAGE("60 rounds, " << acknowledged << " batches acknowledged");
}

}  // namespace es::store
