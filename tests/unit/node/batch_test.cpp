// A batch: which work has which fate when its parts are applied, refused, or never fit.

#include "core/node/batch.h"

#include <doctest.h>

#include <string>

namespace es::node {

namespace {

Service large_service(uint64_t id, size_t bytes) {
  Service service;
  service.id = ServiceId{{1, id}};
  service.spec.name = "s" + std::to_string(id);
  service.spec.task.container.env = {std::string(bytes, 'x')};
  return service;
}

state::ObjectId object(uint64_t id) { return state::ObjectId{{1, id}}; }

// Three services of 700 kB: two parts.
Batch two_parts() {
  Batch batch({large_service(1, 700'000), large_service(2, 700'000), large_service(3, 700'000)});
  for (uint64_t sequence = 1; state::Change* change = batch.next(); ++sequence) {
    change->id.sequence = sequence;
    batch.proposed();
  }
  return batch;
}

}  // namespace

TEST_CASE("work has the fate of its own part, whatever becomes of the others") {
  Batch batch = two_parts();
  CHECK_FALSE(batch.applied(7, {}));  // of another batch
  CHECK_FALSE(batch.fate({object(1)}).has_value());
  CHECK(batch.applied(1, Error{Errc::kLimit, "full"}));
  REQUIRE(batch.fate({object(2)}).has_value());
  CHECK(batch.fate({object(2)})->error().message == "full");
  CHECK_FALSE(batch.fate({object(3)}).has_value());
  CHECK_FALSE(batch.is_over());
  CHECK(batch.applied(2, {}));
  CHECK(batch.fate({object(3)})->ok());
  CHECK_FALSE(batch.fate({object(1)})->ok());
  CHECK(batch.is_over());
}

TEST_CASE("work that wrote nothing waits for all parts, and falls with any") {
  Batch batch = two_parts();
  CHECK(batch.applied(1, Error{Errc::kLimit, "full"}));
  CHECK_FALSE(batch.fate({}).has_value());
  CHECK_FALSE(batch.fate({object(99)}).has_value());
  CHECK(batch.applied(2, {}));
  CHECK_FALSE(batch.fate({})->ok());
}

TEST_CASE("a batch of which nothing has to be written holds when it is confirmed") {
  Batch batch{std::vector<state::Action>{}};
  CHECK(batch.is_empty());
  CHECK_FALSE(batch.is_over());
  CHECK_FALSE(batch.fate({object(1)}).has_value());
  batch.confirm();
  CHECK(batch.fate({object(1)})->ok());
  CHECK(batch.is_over());
}

TEST_CASE("a part that never fits is dropped in its turn") {
  Batch batch({large_service(1, 2'000'000), large_service(2, 10)});
  CHECK(batch.drop_next({Errc::kInvalid, "too large"}));
  CHECK_FALSE(batch.fate({object(1)})->ok());
  batch.next()->id.sequence = 1;
  batch.proposed();
  CHECK(batch.applied(1, {}));
  CHECK(batch.fate({object(2)})->ok());
  CHECK(batch.is_over());

  Batch waiting({large_service(1, 10), large_service(2, 2'000'000)});
  waiting.next()->id.sequence = 1;
  waiting.proposed();
  CHECK_FALSE(waiting.drop_next({Errc::kInvalid, "too large"}));  // the first is open
  CHECK(waiting.applied(1, {}));
  CHECK(waiting.drop_next({Errc::kInvalid, "too large"}));
  CHECK(waiting.is_over());
}

}  // namespace es::node
