// A newcomer's question: answered, or why not.

#include "platform/linux/net/newcomer_call.h"

#include <memory>
#include <optional>

#include "tests/unit/linux_net/members.h"

using namespace es;
using namespace es::linux_net;
using namespace es::linux_net::test;

namespace {

Result<std::string> ask(Loop& loop, const SocketAddress& manager, const crypto::Digest& authority,
                        std::string question, Duration patience = seconds(5)) {
  std::optional<Result<std::string>> result;
  std::unique_ptr<NewcomerCall> call;
  call = std::make_unique<NewcomerCall>(loop, manager, authority, std::move(question), patience,
                                        [&](Result<std::string> answer) {
                                          CHECK_FALSE(result.has_value());
                                          result = std::move(answer);
                                          call.reset();
                                        });
  CHECK_FALSE(result.has_value());
  REQUIRE(soon(loop, [&] { return result.has_value(); }));
  return *result;
}

}  // namespace

TEST_CASE("a newcomer asks and is answered") {
  Loop loop;
  const Cluster cluster, other;
  Port manager(loop, cluster.member(NodeRole::kManager));
  manager.answer = [&](ConnectionId id, std::string_view) {
    CHECK(manager.transport.send(id, std::string(100'000, 'c')).ok());
  };
  const auto digest = cluster.authority.certificate().digest();
  CHECK(ask(loop, manager.address, digest, "join").value().size() == 100'000);
  CHECK(manager.messages.back().second == "join");
  REQUIRE(soon(loop, [&] { return manager.transport.connection_count() == 0; }));

  CHECK(ask(loop, manager.address, other.authority.certificate().digest(), "join").error().code ==
        Errc::kUnauthorized);
  CHECK(ask(loop, manager.address, digest, std::string(65'537, 'x')).error().code == Errc::kLimit);
  CHECK(ask(loop, {"board-1", 2377}, digest, "join").error().code == Errc::kUnavailable);
  manager.answer = nullptr;
  CHECK(ask(loop, manager.address, digest, "join", milliseconds(100)).error().code ==
        Errc::kTimeout);
  manager.transport.stop_listening();
  const auto gone = ask(loop, manager.address, digest, "join");
  CHECK(gone.error().code == Errc::kUnavailable);
  CHECK(gone.error().message.find(manager.address.to_string()) == 0);
}
