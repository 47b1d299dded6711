// Figures, not checks: unit_linux_net --no-skip --test-case="measure*". Client and server share one
// thread, so a machine alone with its side does better.

#include <malloc.h>

#include <cstdio>
#include <fstream>

#include "tests/unit/linux_net/members.h"

using namespace es;
using namespace es::linux_net;
using namespace es::linux_net::test;

namespace {

// Of this process, without what it shares.
long private_kib() {
  std::ifstream in("/proc/self/smaps_rollup");
  std::string word;
  long sum = 0;
  while (in >> word) {
    if (word != "Private_Dirty:") continue;
    in >> sum;
  }
  return sum;
}

}  // namespace

TEST_CASE("measure handshakes" * doctest::skip()) {
  Loop loop;
  const Cluster cluster;
  const auto identity = cluster.member();
  Port server(loop, cluster.member()), client(loop, identity);
  constexpr size_t kCount = 500;
  const Instant began = loop.now();
  while (client.opened.size() < kCount) {
    const size_t before = client.opened.size();
    const ConnectionId id = client.transport.dial(server.address, {});
    REQUIRE(
        soon(loop, [&] { return client.opened.size() > before && server.opened.size() > before; }));
    client.transport.close(id);
  }
  const double elapsed = static_cast<double>((loop.now() - began).ns) / 1e9;
  std::printf("handshakes, both sides in one thread: %.0f a second, %.2f ms each\n",
              kCount / elapsed, 1000 * elapsed / kCount);
}

TEST_CASE("measure throughput" * doctest::skip()) {
  for (const size_t size : {size_t{100}, size_t{65'536}}) {
    Loop loop;
    const Cluster cluster;
    Port server(loop, cluster.member());
    const size_t count = size == 100 ? 200'000 : 8'000;
    size_t sent = 0, received = 0;
    TlsTransport* sender = nullptr;
    ConnectionId id = 0;
    const std::string payload(size, 'x');
    const auto pump = [&] {
      while (sent < count && sender->send(id, payload).ok()) ++sent;
    };
    TlsTransport client(loop, {},
                        {.on_open = [&](const Opened&) { pump(); },
                         .on_message = [](ConnectionId, std::string_view) {},
                         .on_drained = [&](ConnectionId) { pump(); },
                         .on_closed = [](ConnectionId, const Closed&) {}},
                        nullptr);
    REQUIRE(client.set_identity(cluster.member()).ok());
    sender = &client;
    TlsTransport sink(loop, {},
                      {.on_open = [](const Opened&) {},
                       .on_message = [&](ConnectionId, std::string_view) { ++received; },
                       .on_drained = [](ConnectionId) {},
                       .on_closed = [](ConnectionId, const Closed&) {}},
                      nullptr);
    REQUIRE(sink.set_identity(cluster.member()).ok());
    const auto address = sink.listen({"127.0.0.1", 0});
    id = client.dial(*address, {});
    const Instant began = loop.now();
    REQUIRE(soon(
        loop, [&] { return received == count; }, seconds(60)));
    const double elapsed = static_cast<double>((loop.now() - began).ns) / 1e9;
    std::printf("messages of %zu bytes, both sides in one thread: %.0f a second, %.0f MB/s\n", size,
                static_cast<double>(count) / elapsed,
                static_cast<double>(count * size) / 1e6 / elapsed);
  }
}

TEST_CASE("measure memory" * doctest::skip()) {
  Loop loop;
  const Cluster cluster;
  Port server(loop, cluster.member()), client(loop, cluster.member());
  const auto connect = [&](size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const size_t before = server.messages.size();
      const ConnectionId id = client.transport.dial(server.address, {});
      CHECK(client.transport.send(id, std::string(3000, 'x')).ok());
      REQUIRE(soon(loop, [&] { return server.messages.size() > before; }));
      CHECK(server.transport.send(server.messages.back().first, std::string(3000, 'x')).ok());
      REQUIRE(soon(loop, [&] { return client.messages.size() > before; }));
    }
  };
  connect(20);
  const long before = private_kib();
  const size_t allocated = mallinfo2().uordblks;
  connect(400);
  std::printf(
      "memory of an open connection that has been used: %.1f KiB resident, %.1f KiB allocated an "
      "end\n",
      static_cast<double>(private_kib() - before) / 800,
      static_cast<double>(mallinfo2().uordblks - allocated) / 800 / 1024);
}
