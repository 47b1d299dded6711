// Power cuts behind every single operation of a workload, and again during and after the recovery:
// what was acknowledged is there. And controls: with less than SQLite's FULL synchronisation the
// same test must find losses.

#include <doctest.h>

#include <cstdlib>

#include "platform/linux/store/edge_db.h"
#include "tests/unit/linux_store/fixture.h"
#include "tests/unit/linux_store/power_disk.h"

namespace es::store {

namespace {

using Kind = Operation::Kind;

// What a store must hold: the port's batches applied to a Loaded.
void apply(ports::Loaded& model, const ports::Batch& batch) {
  auto& log = model.entries;
  const auto first_above = [&](uint64_t index) {
    return std::find_if(log.begin(), log.end(),
                        [&](const auto& entry) { return entry.index > index; });
  };
  if (batch.snapshot) model.snapshot = batch.snapshot;
  if (batch.truncate_from) log.erase(first_above(*batch.truncate_from - 1), log.end());
  log.insert(log.end(), batch.entries.begin(), batch.entries.end());
  if (batch.snapshot) log.erase(log.begin(), first_above(batch.snapshot->index));
  if (batch.hard_state) model.hard_state = *batch.hard_state;
  for (const auto& [name, value] : batch.facts) {
    if (value)
      model.facts[name] = *value;
    else
      model.facts.erase(name);
  }
}

bool same(const ports::Loaded& a, const ports::Loaded& b) {
  return a.hard_state == b.hard_state && a.snapshot == b.snapshot && a.entries == b.entries &&
         a.facts == b.facts;
}

uint64_t last_index(const ports::Loaded& model) {
  if (!model.entries.empty()) return model.entries.back().index;
  return model.snapshot ? model.snapshot->index : 0;
}

std::string random_bytes(Prng& prng, uint64_t length) {
  std::string bytes(length, '\0');
  for (char& byte : bytes) byte = static_cast<char>(prng.next());
  return bytes;
}

ports::Batch draw_batch(const ports::Loaded& model, Prng& prng) {
  ports::Batch batch;
  const uint64_t choice = prng.below(16);
  uint64_t last = last_index(model);
  const uint64_t term = std::max<uint64_t>(1, model.hard_state.term) + (choice == 0 ? 1 : 0);
  if (choice == 0) batch.hard_state = {term, 1 + prng.below(3)};
  if (choice == 1 && model.entries.size() > 4) batch.truncate_from = last - prng.below(3);
  if (batch.truncate_from) last = *batch.truncate_from - 1;
  if (choice == 2 && model.entries.size() > 10) {
    batch.snapshot =
        ports::StoredSnapshot{last - 3, term, "conf", random_bytes(prng, prng.below(150'000))};
    batch.compact_to = last - 5;
  }
  if (choice == 3) {
    last += 100;
    batch.snapshot = ports::StoredSnapshot{last, term, "installed", random_bytes(prng, 1000)};
  }
  for (uint64_t count = prng.chance(1, 6) ? prng.below(12) : 1 + prng.below(2); count > 0;
       --count) {
    batch.entries.push_back({++last, term, 0, random_bytes(prng, 40 + prng.below(600))});
  }
  if (choice > 10) batch.facts["task/" + std::to_string(prng.below(8))] = random_bytes(prng, 200);
  if (choice == 15) batch.facts["task/" + std::to_string(prng.below(8))] = std::nullopt;
  return batch;
}

struct Settings {
  std::string synchronous = "FULL";
  bool powersafe = false;
};

Result<EdgeDb> open_store(const Settings& settings, ports::Loaded& loaded) {
  ES_TRY(EdgeDb edge, EdgeDb::open("", {"/edge.db", PowerDisk::kVfs, DatabaseOptions().page_bytes, settings.synchronous}, key(1), loaded));
  ES_CHECK(edge.settle());
  return edge;
}

// Commits `count` batches on the disk as it is; models[i] is what the store holds after the i-th of
// them, models[0] at its start.
bool run_workload(PowerDisk& disk, const Settings& settings, uint64_t count, Prng& prng,
                  std::vector<ports::Loaded>& models) {
  models.resize(1);
  auto store = open_store(settings, models[0]);
  if (!store.ok()) return false;
  for (uint64_t number = 1; number <= count; ++number) {
    const ports::Batch batch = draw_batch(models.back(), prng);
    models.push_back(models.back());
    apply(models.back(), batch);
    disk.mark(Kind::kBegin, number);
    const Status status = store->commit({&batch});
    if (!status.ok()) return false;
    disk.mark(Kind::kAcknowledged, number);
    if (number % 9 == 0 && !store->checkpoint().ok()) return false;
  }
  return true;
}

struct Findings {
  int outages = 0;
  int lost = 0;     // an acknowledged batch is not there
  int refused = 0;  // the store does not open, or says it is damaged
  int wrong = 0;    // something that never was
  std::string first;
  void note(const std::string& what) {
    if (first.empty()) first = what;
  }
};

void check_outage(const Settings& settings, const Outage& outage,
                  const std::vector<ports::Loaded>& models, Findings& findings) {
  ++findings.outages;
  ports::Loaded loaded;
  const auto store = open_store(settings, loaded);
  if (!store.ok()) {
    ++findings.refused;
    return findings.note(store.error().message);
  }
  // From the youngest on, as two batches may leave the same behind.
  for (uint64_t number = outage.begun + 1; number-- > 0;) {
    if (!same(loaded, models[number])) continue;
    if (number < outage.acknowledged) {
      ++findings.lost;
      findings.note("batch " + std::to_string(outage.acknowledged) + " is lost, " +
                    std::to_string(number) + " is there");
    }
    return;
  }
  ++findings.wrong;
  findings.note("what is loaded never was");
}

Findings cut_everywhere(const Settings& settings, Cut how, uint64_t batches, bool nested) {
  Findings findings;
  PowerDisk disk;
  disk.insert({});
  disk.powersafe = settings.powersafe;
  Prng prng(20 + static_cast<uint64_t>(how));
  std::vector<ports::Loaded> models;
  REQUIRE(run_workload(disk, settings, batches, prng, models));
  const Trace trace = disk.trace;
  for (size_t upto = 0; upto <= trace.operations.size(); ++upto) {
    const auto outage = trace.cut(upto, how, prng);
    disk.insert(outage.disk);
    check_outage(settings, outage, models, findings);
    if (!nested || upto % 7 != 0) continue;
    disk.insert(outage.disk);
    std::vector<ports::Loaded> more;
    if (!run_workload(disk, settings, 4, prng, more)) continue;  // refused, and counted above
    const Trace inner = disk.trace;
    for (int again = 0; again < 6; ++again) {
      const auto second = inner.cut(prng.below(inner.operations.size() + 1), how, prng);
      disk.insert(second.disk);
      check_outage(settings, second, more, findings);
    }
  }
  return findings;
}

uint64_t thoroughness() {  // ES_THOROUGH=20 for a night's run
  const char* text = std::getenv("ES_THOROUGH");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 1;
}

}  // namespace

TEST_CASE(
    "a power cut behind any operation, and another one behind the recovery, loses nothing "
    "acknowledged") {
  for (const Cut how : kCuts) {
    CAPTURE(static_cast<int>(how));
    const Findings found = cut_everywhere({}, how, 40 * thoroughness(), true);
    CAPTURE(found.first);
    MESSAGE("outages " << found.outages << ", lost " << found.lost << ", refused " << found.refused
                       << ", wrong " << found.wrong);
    CHECK(found.outages > 150);
    CHECK(found.lost == 0);
    CHECK(found.refused == 0);
    CHECK(found.wrong == 0);
  }
}

TEST_CASE("control: with less than full synchronisation the test above finds losses and damage") {
  for (const char* synchronous : {"OFF", "NORMAL"}) {
    CAPTURE(synchronous);
    const Findings found = cut_everywhere({.synchronous = synchronous}, Cut::kLoseAll, 40, false);
    CHECK(found.lost + found.refused > 50);
  }
}

TEST_CASE(
    "control: on a card that lies about its sectors, the test above finds losses and damage") {
  const Findings found = cut_everywhere({.powersafe = true}, Cut::kGarbage4k, 80, false);
  CHECK(found.lost + found.refused > 10);
}

TEST_CASE("a failed sync or write is final, and what was acknowledged before it survives") {
  for (int nth = 1; nth <= 30; ++nth) {
    for (int PowerDisk::*which : {&PowerDisk::fail_sync, &PowerDisk::fail_write}) {
      CAPTURE(nth);
      PowerDisk disk;
      disk.insert({});
      Prng prng(nth);
      ports::Loaded model;
      bool failed = false;
      {
        StoreOptions options;
        options.vfs = PowerDisk::kVfs;
        OpenStore store("", options);
        disk.*which = nth;
        for (int number = 0; number < 40; ++number) {
          const ports::Batch batch = draw_batch(model, prng);
          const Status status = store.write(batch);
          CHECK_FALSE((failed && status.ok()));
          if (status.ok())
            apply(model, batch);
          else
            CHECK(status.error().code == Errc::kIo);
          if (!status.ok() && !failed) break;
        }
        failed = !store.write(entries(9999, 9999, 1)).ok();
        CHECK(failed);
      }
      disk.*which = 0;
      StoreOptions options;
      options.vfs = PowerDisk::kVfs;
      const auto loaded = try_load("", options);
      REQUIRE(loaded.ok());
      // A batch whose sync failed may be there or not.
      CHECK(last_index(*loaded) >= last_index(model));
    }
  }
}

TEST_CASE("a full disk is one clear error, and the store opens again when there is room") {
  PowerDisk disk;
  disk.insert({});
  StoreOptions options;
  options.vfs = PowerDisk::kVfs;
  ports::Loaded model;
  {
    OpenStore store("", options);
    disk.capacity_bytes = 300'000;
    Status status;
    for (uint64_t index = 1; status.ok(); ++index) {
      const ports::Batch batch = entries(index, index, 1, 5000);
      status = store.write(batch);
      if (status.ok()) apply(model, batch);
    }
    CHECK(status.error().message.find("full") != std::string::npos);
    CHECK(model.entries.size() > 5);
  }
  disk.capacity_bytes = 0;
  OpenStore store("", options);
  // What failed was not acknowledged; it may be there or not.
  REQUIRE(store.loaded.entries.size() >= model.entries.size());
  store.loaded.entries.resize(model.entries.size());
  CHECK(store.loaded.entries == model.entries);
}

TEST_CASE("a store that failed is opened again in place, with all that was acknowledged") {
  for (const bool full : {true, false}) {
    CAPTURE(full);
    PowerDisk disk;
    disk.insert({});
    StoreOptions options;
    options.vfs = PowerDisk::kVfs;
    OpenStore store("", options);
    ports::Loaded model;
    if (full) disk.capacity_bytes = 300'000;
    else disk.fail_sync = 20;
    Status status;
    for (uint64_t index = 1; status.ok(); ++index) {
      const ports::Batch batch = entries(index, index, 1, 5000);
      status = store.write(batch);
      if (status.ok()) apply(model, batch);
    }
    disk.capacity_bytes = 0;
    disk.fail_sync = 0;
    // Behind the failure of what was written before it.
    std::vector<int> order;
    store->write(entries(9, 9, 1), [&](Status failed) {
      CHECK_FALSE(failed.ok());
      order.push_back(1);
    });
    ports::Loaded found;
    store->reopen([&](Result<ports::Loaded> loaded) {
      REQUIRE(loaded.ok());
      found = *loaded;
      order.push_back(2);
    });
    store.loop.run_until([&] { return order.size() == 2; });
    CHECK(order == std::vector<int>{1, 2});
    REQUIRE(found.entries.size() >= model.entries.size());
    const uint64_t next = last_index(found) + 1;
    found.entries.resize(model.entries.size());
    CHECK(found.entries == model.entries);
    CHECK(store.write(entries(next, next, 1)).ok());
  }
}

}  // namespace es::store
