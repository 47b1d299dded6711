// Decoding is bounded in memory as in bytes: what a message may take is refused before it is there.

#include <doctest.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>

#include "core/wire/codec.h"
#include "core/wire/join.h"
#include "core/wire/session.h"

namespace {

// What is allocated now, and the most since it was last reset. One thread, this program only.
size_t held_bytes = 0;
size_t most_held = 0;

constexpr size_t kHeader = alignof(std::max_align_t);

}  // namespace

void* operator new(size_t size) {
  auto* block = static_cast<char*>(std::malloc(size + kHeader));
  if (block == nullptr) std::abort();
  *reinterpret_cast<size_t*>(block) = size;
  held_bytes += size;
  if (held_bytes > most_held) most_held = held_bytes;
  return block + kHeader;
}
void operator delete(void* at) noexcept {
  if (at == nullptr) return;
  char* block = static_cast<char*>(at) - kHeader;
  held_bytes -= *reinterpret_cast<size_t*>(block);
  std::free(block);
}
void operator delete(void* at, size_t) noexcept { operator delete(at); }

namespace es::wire {

namespace {

struct Outcome {
  bool ok = false;
  Errc code = Errc::kInvalid;
  size_t peak_bytes = 0;  // beyond the message itself
};

template <class T>
Outcome decode_within(std::string_view bytes, size_t budget_bytes) {
  Budget budget(budget_bytes);
  const size_t before = held_bytes;
  most_held = held_bytes;
  const auto value = decode<T>(bytes, budget);
  Outcome outcome;
  outcome.ok = value.ok();
  if (!value.ok()) outcome.code = value.error().code;
  outcome.peak_bytes = most_held - before;
  return outcome;
}

// `count` empty elements of the list or map with this number: two bytes each.
std::string empty_elements(uint32_t number, size_t count) {
  Writer out;
  for (size_t i = 0; i < count; ++i) {
    out.tag(number, WireType::kBytes);
    out.varint(0);
  }
  return std::move(out).take();
}

std::string many_labels(size_t count) {
  NodeDescription description;
  description.hostname = "x";
  for (size_t i = 0; i < count; ++i) description.engine_labels[std::to_string(i)] = "";
  return encode(Register{description, {}});
}

}  // namespace

TEST_CASE("a message takes no more than a few times its bytes, however many small things it lists") {
  // With the budgets of core/identity/authorization.cpp: a stranger's, a member's, a manager's.
  struct Case {
    const char* name;
    std::string bytes;
    Outcome (*decode)(std::string_view, size_t);
  };
  const Case cases[] = {
      {"labels of a stranger", many_labels(6'000), decode_within<Register>},
      {"labels of a member", many_labels(60'000), decode_within<Register>},
      {"empty observations", empty_elements(3, 60'000), decode_within<StatusReport>},
      {"empty tasks", empty_elements(4, 60'000), decode_within<Assignments>},
      {"empty managers", empty_elements(2, 60'000), decode_within<SessionInfo>},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const size_t budget = 64 * 1024 + 4 * c.bytes.size();
    const Outcome bounded = c.decode(c.bytes, budget);
    CHECK_FALSE(bounded.ok);
    CHECK(bounded.code == Errc::kLimit);
    // A list doubles when it grows: for a moment the old one and the new one are there.
    CHECK(bounded.peak_bytes <= 3 * budget);
    CHECK(c.decode(c.bytes, SIZE_MAX).peak_bytes > budget);  // or the case would prove nothing
  }
}

TEST_CASE("messages as they are fit") {
  StatusReport report;
  report.session = 7;
  for (uint64_t i = 0; i < 2'000; ++i) {
    TaskObservation seen;
    seen.task = TaskId{{1, i + 1}};
    seen.status.timestamp = WallTime{1'700'000'000'000'000'000};
    seen.status.state = TaskState::kRunning;
    seen.status.message = "started";
    seen.status.container.pid = 4'711;
    report.observations.push_back(seen);
  }
  const std::string bytes = encode(report);
  CHECK(decode_within<StatusReport>(bytes, 64 * 1024 + 4 * bytes.size()).ok);

  JoinRequest join;
  join.secret = std::string(16, 's');
  join.signing_request = std::string(700, 'r');
  join.description.hostname = "pi-kitchen";
  for (int i = 0; i < 64; ++i) join.description.engine_labels["label." + std::to_string(i)] = std::string(100, 'v');
  const std::string asked = encode(join);
  CHECK(asked.size() < 16 * 1024);
  CHECK(decode_within<JoinRequest>(asked, 16 * 1024 + 4 * asked.size()).ok);
}

TEST_CASE("texts count, and what is decoded twice counts twice") {
  Writer out;
  for (int i = 0; i < 10; ++i) {
    out.tag(1, WireType::kBytes);
    out.varint(1'000);
    out.raw(std::string(1'000, 'x'));
  }
  const std::string bytes = std::move(out).take();  // one field, said ten times
  CHECK(decode_within<NodeDescription>(bytes, 10'100).ok);
  CHECK_FALSE(decode_within<NodeDescription>(bytes, 9'000).ok);
  Budget budget(20'000);
  CHECK(decode<NodeDescription>(bytes, budget).ok());
  CHECK(budget.left() == 20'000 - 10 * 1'001);
}

}  // namespace es::wire
