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
  manager.fail_write(kFull);
  CHECK_FALSE(manager.node->leads());
  CHECK(manager.node->disk_trouble() == std::string(kFull));
  CHECK(manager.refusals == 2);
  CHECK(manager.last_refusal.find(kFull) != std::string::npos);
  manager.create_service("asked while full");
  CHECK(manager.last_refusal == kFull);
  CHECK(std::count_if(manager.lines.begin(), manager.lines.end(), [](const std::string& line) {
          return line.find(kFull) != line.npos;
        }) == 1);

  // It looks again and again, less and less often.
  for (int looked = 1; looked <= 5; ++looked) {
    manager.run(kReopenPauseMax + milliseconds(100));
    REQUIRE(manager.reopens == looked);
    CHECK(manager.writes.empty());
    manager.step(StoreReopened{kStillFull});
  }
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

TEST_CASE("the records that a failed disk missed are written first when it works again") {
  LoneManager manager;
  manager.settle();
  manager.hear(wire::CertificateReply{NodeRole::kWorker, "certificate"});
  REQUIRE(manager.writes.size() == 1);
  manager.fail_write("the data disk fails");
  manager.run(seconds(1));
  REQUIRE(manager.reopens == 1);
  manager.step(StoreReopened{manager.disk.content()});
  REQUIRE(manager.batches.size() == 1);
  CHECK(manager.batches[0].reset_log);
  CHECK(manager.batches[0].facts.contains(kMembershipFact));
  manager.settle();
  CHECK_FALSE(manager.disk.content().snapshot);
  CHECK(manager.node->tables() == nullptr);
}

TEST_CASE("an answer of the disk that nobody waits for changes nothing") {
  LoneManager manager;
  manager.settle();
  manager.step(StoreReopened{manager.disk.content()});
  manager.step(Persisted{1'000'000, Error{Errc::kIo, "late"}});
  CHECK(manager.node->leads());
  CHECK_FALSE(manager.node->disk_trouble());
}

}  // namespace es::node
