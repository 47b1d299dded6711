// Replica: what the disk says passes through to raft, and what raft wants reaches the disk.

#include "core/node/replica.h"

#include "core/node/node.h"
#include "core/wire/codec.h"
#include "doctest/doctest.h"

using namespace es;

namespace {

ports::Loaded three_managers(std::vector<raft::Term> terms) {
  raft::Configuration config;
  config.voters = {1, 2, 3};
  state::Tables tables;
  ports::Loaded loaded;
  loaded.snapshot = ports::StoredSnapshot{1, 1, wire::encode(config), tables.snapshot()};
  loaded.hard_state = {terms.back(), 0};
  for (const raft::Term term : terms) {
    const auto noop = static_cast<uint8_t>(raft::EntryType::kNoop);
    loaded.entries.push_back({loaded.entries.size() + 2, term, noop, ""});
  }
  return loaded;
}

struct Writes {
  Prng prng{1};
  node::WriteQueue queue;
  std::vector<std::string> logged;

  std::vector<ports::Batch> of(node::Replica& replica) {
    node::Effects effects;
    node::Step step{Instant{0}, {}, {}, prng, effects, {}};
    static_cast<void>(replica.pump(step, queue));
    queue.advance(step);
    std::vector<ports::Batch> batches;
    for (node::Effect& effect : effects.list) {
      if (auto* persist = std::get_if<node::Persist>(&effect)) batches.push_back(persist->batch);
      if (auto* log = std::get_if<node::Log>(&effect)) logged.push_back(log->text);
    }
    return batches;
  }
};

}  // namespace

TEST_CASE("rot that the store reports makes a manager heal, and what is left of it is truncated") {
  ports::Loaded loaded = three_managers({1, 2});
  loaded.lost = ports::LostEntries{7, 2};
  auto replica = node::Replica::start(1, 1, loaded);
  REQUIRE(replica.ok());
  CHECK((*replica)->raft().is_healing());
  CHECK((*replica)->raft().hard_state().lost_index == 7);
  Writes writes;
  const auto batches = writes.of(**replica);
  REQUIRE(writes.logged.size() == 1);
  CHECK(writes.logged[0].find("lost entries that it had acknowledged (up to 7") != std::string::npos);
  REQUIRE(batches.size() == 1);
  CHECK(batches[0].truncate_from == 4);
  CHECK(batches[0].facts.count(node::kLostFact) == 1);

  SUBCASE("without its term, until a later term comes") {
    loaded.lost->term = 0;
    auto unknown = node::Replica::start(1, 1, loaded);
    REQUIRE(unknown.ok());
    CHECK((*unknown)->raft().hard_state().lost_term == 2);
  }
  SUBCASE("a log that is whole heals from nothing") {
    loaded.lost.reset();
    auto whole = node::Replica::start(1, 1, loaded);
    REQUIRE(whole.ok());
    CHECK_FALSE((*whole)->raft().is_healing());
  }
}

TEST_CASE("a manager that is alone with its rot does not start, as nobody could heal it; one that knows another manager waits for it") {
  Cluster cluster;
  cluster.id = ClusterId{{9, 9}};
  es::Node self;
  self.id = NodeId{{1, 1}};
  self.spec.role = NodeRole::kManager;
  self.manager = ManagerInfo{1};
  self.address = {"10.0.0.1", 2377};
  const ports::Batch first = node::Node::first_manager(cluster, self, WallTime{1});
  ports::Loaded loaded;
  loaded.snapshot = first.snapshot;
  loaded.hard_state = *first.hard_state;
  for (const auto& [name, value] : first.facts) loaded.facts[name] = *value;
  node::NodeOptions options;
  options.address = self.address;
  const auto started = [&] { return node::Node::start(options, Instant{0}, WallTime{1}, loaded, {}); };
  REQUIRE(started().ok());
  loaded.lost = ports::LostEntries{7, 0};
  const auto alone = started();
  REQUIRE_FALSE(alone.ok());
  CHECK(alone.error().code == Errc::kCorrupt);
  CHECK(alone.error().message.find("entries of the log up to 7 rotted on the disk") != std::string::npos);
  // The log that says who else is a manager is what rotted.
  auto membership = node::Node::membership_on(loaded).value();
  membership->managers.push_back({NodeId{{1, 2}}, 2, {"10.0.0.2", 2377}});
  loaded.facts[node::kMembershipFact] = wire::encode(*membership);
  CHECK(started().ok());
}

TEST_CASE("a leader of two that is voter no more goes on ticking until the other one knows") {
  ports::Loaded loaded = three_managers({1});
  raft::Configuration both, other;
  both.voters = {1, 2};
  other.voters = {1};
  loaded.snapshot->configuration = wire::encode(both);
  loaded.entries.push_back({3, 1, static_cast<uint8_t>(raft::EntryType::kConfig), wire::encode(other)});
  auto started = node::Replica::start(2, 1, loaded);
  REQUIRE(started.ok());
  node::Replica& replica = **started;
  const NodeId sender{{1, 1}};
  const SocketAddress address{"10.0.0.1", 2377};
  Writes writes;
  const auto settle = [&] {
    for (uint64_t id = 1; replica.raft().has_output(); ++id) {
      writes.of(replica);
      for (const auto& done : writes.queue.done(Instant{0}, id, {})) {
        for (const uint64_t batch : done.raft_batches) replica.write_done(batch, {});
      }
    }
  };
  replica.raft().campaign();
  replica.receive(sender, address, {1, 2, replica.raft().term() + 1, raft::PreVoteReply{}});
  settle();
  replica.receive(sender, address, {1, 2, replica.raft().term(), raft::VoteReply{}});
  REQUIRE(replica.leads());
  REQUIRE(replica.raft().config().voters == other.voters);
  replica.tick(Instant{0});
  CHECK(replica.next_deadline() < kNever);
}

TEST_CASE("whose raft id it is say the tables, and a manager that names many of its own keeps the last") {
  auto started = node::Replica::start(1, 1, three_managers({1}));
  REQUIRE(started.ok());
  node::Replica& replica = **started;
  const NodeId liar{{1, 9}};
  for (raft::PeerId made_up = 100; made_up < 200; ++made_up) {
    replica.receive(liar, {"10.0.0.9", 2377}, {made_up, 1, 1, raft::HeartbeatReply{}});
  }
  CHECK_FALSE(replica.address_of(100).has_value());
  CHECK(replica.address_of(199).has_value());
  CHECK(replica.raft_id_of(liar) == 199);
}
