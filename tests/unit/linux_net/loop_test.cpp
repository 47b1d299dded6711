// The loop's own pieces: timers that are never early, letters from other threads, owners that die
// in their own callbacks.

#include "platform/linux/net/loop.h"

#include <signal.h>

#include <memory>
#include <thread>

#include "platform/linux/net/log.h"
#include "platform/linux/net/mailbox.h"
#include "platform/linux/net/native_address.h"
#include "platform/linux/net/signal_watch.h"
#include "platform/linux/net/timer.h"
#include "tests/unit/linux_net/members.h"

using namespace es;
using namespace es::linux_net;
using namespace es::linux_net::test;

TEST_CASE("timers fire once, in order, and never early") {
  Loop loop;
  const Instant began = loop.now();
  std::vector<int> order;
  std::vector<Duration> at;
  const auto note = [&](int which) {
    order.push_back(which);
    at.push_back(loop.now() - began);
  };
  Timer third(loop, [&] { note(3); }), first(loop, [&] { note(1); }),
      second(loop, [&] { note(2); }), never(loop, [&] { note(4); });
  third.at(began + microseconds(20'500));
  first.at(began - seconds(1));
  second.after(milliseconds(10));
  never.after(milliseconds(5));
  never.cancel();
  CHECK(third.armed());
  REQUIRE(soon(loop, [&] { return order.size() == 3; }));
  CHECK(order == std::vector{1, 2, 3});
  CHECK(at[1] >= milliseconds(10));
  CHECK(at[2] >= microseconds(20'500));
  CHECK_FALSE(third.armed());
}

TEST_CASE("a timer may be moved, and may die in its own call") {
  Loop loop;
  int fired = 0;
  auto timer = std::unique_ptr<Timer>();
  timer = std::make_unique<Timer>(loop, [&] {
    if (++fired < 3) return timer->after(milliseconds(1));
    timer.reset();
  });
  timer->after(seconds(60));
  timer->after(milliseconds(1));
  REQUIRE(soon(loop, [&] { return timer == nullptr; }));
  CHECK(fired == 3);
}

TEST_CASE("letters from other threads arrive in order, and no more than fit") {
  Loop loop;
  Mailbox box(loop, 100);
  const auto here = std::this_thread::get_id();
  std::vector<int> seen;
  std::atomic<int> refused = 0;
  std::thread writer([&] {
    for (int i = 0; i < 150; ++i) {
      if (!box.post([&, i] {
            CHECK(std::this_thread::get_id() == here);
            seen.push_back(i);
          })) {
        ++refused;
      }
    }
  });
  writer.join();  // the loop has not run: the box is full
  CHECK(refused == 50);
  REQUIRE(soon(loop, [&] { return seen.size() == 100; }));
  for (int i = 0; i < 100; ++i) CHECK(seen[static_cast<size_t>(i)] == i);

  std::thread busy([&] {
    for (int i = 0; i < 2000; ++i) {
      while (!box.post([&] { seen.push_back(0); })) std::this_thread::yield();
    }
  });
  CHECK(soon(loop, [&] { return seen.size() == 2100; }));
  busy.join();
}

TEST_CASE("signals are calls") {
  Loop loop;
  int caught = 0;
  SignalWatch watch(loop, SIGUSR1, [&] { ++caught; });
  raise(SIGUSR1);
  CHECK(soon(loop, [&] { return caught == 1; }));
}

TEST_CASE("the loop stops when it is told") {
  Loop loop;
  Timer forever(loop, [] {});
  forever.after(hours(1));
  Timer soon_after(loop, [&] { loop.stop(); });
  soon_after.after(milliseconds(1));
  loop.run();
  CHECK(forever.armed());
  CHECK_FALSE(loop.run_until(loop.now() + milliseconds(5), [] { return false; }));
}

TEST_CASE("log lines: a burst, then one a period, and what was left out is said") {
  std::vector<std::string> lines;
  LogLimit limit([&](LogLevel, std::string_view line) { lines.emplace_back(line); }, 2,
                 seconds(10));
  Instant now = Instant{} + hours(1);
  for (int i = 0; i < 5; ++i) limit.line(now, LogLevel::kWarning, "x");
  CHECK(lines.size() == 2);
  now = now + seconds(10);
  limit.line(now, LogLevel::kWarning, "y");
  limit.line(now, LogLevel::kWarning, "z");
  REQUIRE(lines.size() == 3);
  CHECK(lines[2] == "y (and 3 lines like this were left out)");
}

TEST_CASE("addresses of the kernel and ours") {
  struct Case {
    const char* ip;
    const char* back;
  };
  for (const Case& c : {Case{"192.0.2.7", "192.0.2.7"}, Case{"2001:db8::1", "2001:db8::1"},
                        Case{"::ffff:192.0.2.7", "192.0.2.7"}, Case{"::1", "::1"}}) {
    CAPTURE(c.ip);
    const auto native = to_native({c.ip, 2377});
    REQUIRE(native.ok());
    CHECK(from_native(reinterpret_cast<const sockaddr*>(&*native)) == SocketAddress{c.back, 2377});
  }
  for (const char* ip : {"", "localhost", "192.0.2", "192.0.2.7 ", "fe80::1%eth0"})
    CHECK_FALSE(to_native({ip, 1}).ok());
  CHECK(from_native(
            reinterpret_cast<const sockaddr*>(std::array<char, sizeof(sockaddr_storage)>{}.data()))
            .empty());
}
