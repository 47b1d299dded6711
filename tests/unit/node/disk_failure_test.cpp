// A disk that is full, or fails, and works again.

#include <doctest.h>

#include <algorithm>

#include "tests/unit/node/lone_manager.h"

namespace es::node {

namespace {

constexpr const char* kFull = "no space left on the data disk";
const Error kStillFull{Errc::kIo, kFull};

bool says(const LoneManager& manager, const std::string& what) {
  return std::any_of(manager.lines.begin(), manager.lines.end(),
                     [&](const std::string& line) { return line.find(what) != line.npos; });
}

}  // namespace

TEST_CASE("a manager whose disk is full says so, stops leading, and comes back when there is room") {
  LoneManager manager;
  manager.settle();
  manager.create_service("kept");
  manager.settle();
  REQUIRE(manager.answers == 1);

  manager.create_service("lost");
  manager.create_service("queued");
  const std::string details = std::string(kFull) + " (database: a sentence of SQLite's)";
  manager.fail_write(details);
  CHECK_FALSE(manager.node->leads());
  CHECK(manager.node->disk_trouble() == details);
  CHECK(manager.refusals == 2);
  CHECK(manager.last_refusal.find(kFull) != std::string::npos);
  manager.create_service("asked while full");
  CHECK(manager.last_refusal == details);

  // It looks again and again, less and less often.
  for (int looked = 1; looked <= 5; ++looked) {
    manager.run(kReopenPauseMax + milliseconds(100));
    REQUIRE(manager.reopens == looked);
    CHECK(manager.writes.empty());
    manager.step(StoreReopened{kStillFull});
  }
  CHECK(std::count_if(manager.lines.begin(), manager.lines.end(), [](const std::string& line) {
          return line.find(kFull) != line.npos;
        }) == 1);
  manager.run(kReopenPauseMax + milliseconds(100));
  manager.step(StoreReopened{manager.disk.content()});
  CHECK_FALSE(manager.node->disk_trouble());
  CHECK(says(manager, "the disk works again"));
  manager.run(seconds(2));
  REQUIRE(manager.node->leads());
  CHECK(manager.node->tables()->service_by_name("kept") != nullptr);
  const int refusals = manager.refusals;
  manager.create_service("after");
  manager.run(seconds(1));
  CHECK(manager.refusals == refusals);
  CHECK(manager.node->tables()->service_by_name("after") != nullptr);
}

TEST_CASE("an answer of the disk that nobody waits for changes nothing") {
  LoneManager manager;
  manager.settle();
  manager.step(StoreReopened{manager.disk.content()});
  manager.step(Persisted{1'000'000, Error{Errc::kIo, "late"}});
  CHECK(manager.node->leads());
  CHECK_FALSE(manager.node->disk_trouble());
}

TEST_CASE("a disk that hangs: who waits for it is told, nobody else has to wait, and it goes on when it answers") {
  LoneManager manager;
  manager.settle();
  manager.create_service("waits");
  REQUIRE(manager.answers == 0);
  const auto pass = [&](Duration time) {  // without the disk
    for (const Instant end = manager.now + time; manager.now < end; manager.now = manager.now + milliseconds(100)) manager.step(Tick{});
  };
  pass(kDiskPatience - seconds(1));
  CHECK_FALSE(manager.node->disk_trouble());
  CHECK(manager.refusals == 0);
  pass(seconds(2));
  CHECK(manager.node->disk_trouble() == std::string("the data disk does not answer"));
  CHECK(manager.refusals == 0);
  manager.create_service("asked meanwhile");
  CHECK(manager.refusals == 1);
  CHECK(manager.last_refusal == "the data disk does not answer");
  pass(kAnswerPatience);
  CHECK(manager.refusals == 2);
  CHECK(manager.last_refusal == "the data disk does not answer");
  manager.settle();
  CHECK_FALSE(manager.node->disk_trouble());
  CHECK(says(manager, "the data disk answers again"));
  manager.run(seconds(1));
  CHECK(manager.node->tables()->service_by_name("waits") != nullptr);
  CHECK(manager.node->tables()->service_by_name("asked meanwhile") == nullptr);
  manager.create_service("after");
  manager.run(seconds(1));
  CHECK(manager.node->tables()->service_by_name("after") != nullptr);
  CHECK(manager.refusals == 2);
}

}  // namespace es::node
