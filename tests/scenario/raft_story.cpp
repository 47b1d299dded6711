#include "tests/scenario/raft_story.h"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>

#include "tests/scenario/raft_message.h"
#include "tests/scenario/raft_words.h"
#include "tests/scenario/runner.h"

namespace es::scenario {
namespace {

// expect=refused against what came of it.
Status check_outcome(bool refusal_expected, const Status& outcome) {
  if (outcome.ok() && refusal_expected) return invalid("expected a refusal, but it was accepted");
  if (!outcome.ok() && !refusal_expected)
    return invalid("expected success, but: " + outcome.error().message);
  return {};
}

Result<bool> take_refusal(Line& line) {
  ES_TRY(const auto expected, line.option("expect"));
  if (!expected) return false;
  return parse_switch(*expected, "refused", "accepted");
}

Result<raft::Change> take_change(Line& line) {
  if (!line.options("joint").empty()) return not_yet_supported("joint changes");
  constexpr std::pair<const char*, raft::ChangeKind> kKinds[] = {
      {"add", raft::ChangeKind::kAddVoter},    {"add_learner", raft::ChangeKind::kAddLearner},
      {"promote", raft::ChangeKind::kPromote}, {"demote", raft::ChangeKind::kDemote},
      {"remove", raft::ChangeKind::kRemove},
  };
  std::optional<raft::Change> change;
  for (const auto& [key, kind] : kKinds) {
    ES_TRY(const auto value, line.option(key));
    if (!value) continue;
    if (change) return invalid("one change at a time");
    ES_TRY(const PeerId peer, parse_number(*value));
    change = raft::Change{kind, peer};
  }
  if (!change) return invalid("'change' needs add=, add_learner=, promote=, demote= or remove=");
  return *change;
}

}  // namespace

Status RaftStory::run(Line& line) {
  using Command = Status (RaftStory::*)(Line&);
  static const std::map<std::string_view, Command> kCommands = {
      {"nodes", &RaftStory::nodes},
      {"state", &RaftStory::state},
      {"timeout", &RaftStory::timeout},
      {"campaign", &RaftStory::campaign},
      {"tick", &RaftStory::tick},
      {"propose", &RaftStory::propose},
      {"read", &RaftStory::read},
      {"change", &RaftStory::change},
      {"transfer", &RaftStory::transfer},
      {"deliver", &RaftStory::deliver},
      {"drop", &RaftStory::drop},
      {"duplicate", &RaftStory::duplicate},
      {"cut", &RaftStory::cut},
      {"heal", &RaftStory::heal},
      {"disk", &RaftStory::disk},
      {"crash", &RaftStory::crash},
      {"restart", &RaftStory::restart},
      {"corrupt", &RaftStory::corrupt},
      {"compact", &RaftStory::compact},
      {"stabilize", &RaftStory::stabilize},
      {"message", &RaftStory::message},
      {"expect", &RaftStory::expect},
      {"expect-config", &RaftStory::expect_config},
      {"expect-read", &RaftStory::expect_read},
      {"expect-leader", &RaftStory::expect_leader},
      {"expect-reply", &RaftStory::expect_reply},
      {"expect-safe", &RaftStory::expect_safe},
  };
  const auto command = kCommands.find(line.command());
  if (command == kCommands.end()) return invalid("'" + line.command() + "' is no command");
  if (world_.nodes().empty() && line.command() != "nodes")
    return invalid("the first command is 'nodes'");
  return (this->*command->second)(line);
}

Status RaftStory::timeout(Line& line) {
  ES_TRY(const PeerId id, take_node(line));
  ES_TRY(const std::string word, line.word("a number of ticks"));
  ES_TRY(const uint64_t ticks, parse_number(word));
  ES_CHECK(line.finish());
  if (ticks == 0 || ticks > 1'000'000) return invalid("a timeout is 1..1000000 ticks");
  ES_TRY(RaftWorld::Node* const node, world_.node(id));
  node->timeout_ticks = static_cast<int>(ticks);
  if (node->raft) node->raft->set_election_timeout(node->timeout_ticks);
  return {};
}

Status RaftStory::campaign(Line& line) {
  ES_TRY(const PeerId id, take_node(line));
  ES_CHECK(line.finish());
  ES_TRY(RaftWorld::Node* const node, world_.moving(id));
  node->raft->campaign();
  world_.settle(id);
  return {};
}

Status RaftStory::tick(Line& line) {
  ES_TRY(const std::string who, line.word("a node or 'all'"));
  ES_TRY(const uint64_t count, parse_number(line.optional_word().value_or("1")));
  ES_CHECK(line.finish());
  if (count > 1'000'000) return invalid("at most 1000000 ticks in one line");
  std::vector<PeerId> ids;
  if (who == "all") {
    for (const auto& [id, node] : world_.nodes()) {
      if (node.raft) ids.push_back(id);
    }
  } else {
    ES_TRY(ids, parse_numbers(who));
  }
  for (uint64_t i = 0; i < count; ++i) {
    for (const PeerId id : ids) {
      ES_TRY(RaftWorld::Node* const node, world_.moving(id));
      node->raft->tick();
      world_.settle(id);
    }
  }
  return {};
}

Status RaftStory::propose(Line& line) {
  ES_TRY(const PeerId id, take_node(line));
  ES_TRY(const std::string data, line.word("data"));
  ES_TRY(const bool refused, take_refusal(line));
  ES_CHECK(line.finish());
  ES_CHECK(world_.node(id));
  if (refused && !world_.moving(id).ok()) return {};  // a node that is down takes nothing
  ES_TRY(RaftWorld::Node* const node, world_.moving(id));
  const auto proposed = node->raft->propose(data);
  world_.settle(id);
  return check_outcome(refused, proposed.ok() ? Status() : Status(proposed.error()));
}

Status RaftStory::read(Line& line) {
  ES_TRY(const PeerId id, take_node(line));
  ES_TRY(const std::string name, line.word("a name for the read"));
  ES_CHECK(line.finish());
  return world_.start_read(id, name);
}

Status RaftStory::change(Line& line) {
  ES_TRY(const PeerId id, take_node(line));
  ES_TRY(const raft::Change change, take_change(line));
  ES_TRY(const bool refused, take_refusal(line));
  ES_CHECK(line.finish());
  ES_TRY(RaftWorld::Node* const node, world_.moving(id));
  const auto proposed = node->raft->propose_change(change);
  // Who is to be added exists somewhere, switched on and knowing nothing.
  if (proposed.ok()) world_.ensure_blank_node(change.peer);
  world_.settle(id);
  return check_outcome(refused, proposed.ok() ? Status() : Status(proposed.error()));
}

// A wish: whether it comes true is for later lines to expect, unless this one says expect=.
Status RaftStory::transfer(Line& line) {
  ES_TRY(const PeerId id, take_node(line));
  ES_TRY(const auto to_text, line.option("to"));
  if (!to_text) return invalid("'transfer' needs to=");
  ES_TRY(const PeerId to, parse_number(*to_text));
  ES_TRY(const auto expected, line.option("expect"));
  ES_CHECK(line.finish());
  ES_TRY(RaftWorld::Node* const node, world_.moving(id));
  const Status outcome = node->raft->transfer(to);
  world_.settle(id);
  if (!expected) return {};
  ES_TRY(const bool refused, parse_switch(*expected, "refused", "accepted"));
  return check_outcome(refused, outcome);
}

Status RaftStory::deliver(Line& line) {
  ES_TRY(const RaftWorld::Filter filter, take_filter(line));
  uint64_t count = std::numeric_limits<uint64_t>::max();
  ES_CHECK(take_bound(line, "count", count));
  ES_CHECK(line.finish());
  world_.deliver(filter, count);
  return {};
}

Status RaftStory::drop(Line& line) {
  ES_TRY(const RaftWorld::Filter filter, take_filter(line));
  ES_CHECK(line.finish());
  world_.drop(filter);
  return {};
}

Status RaftStory::duplicate(Line& line) {
  ES_TRY(const RaftWorld::Filter filter, take_filter(line));
  ES_CHECK(line.finish());
  world_.duplicate(filter);
  return {};
}

// `1,2|3,4,5` both ways between the groups, `1->2` one way. Cuts add up until `heal`.
Status RaftStory::cut(Line& line) {
  ES_TRY(std::string links, line.word("what to cut"));
  while (const auto more = line.optional_word()) links += *more;
  ES_CHECK(line.finish());
  const size_t arrow = links.find("->");
  const bool one_way = arrow != std::string::npos;
  const std::vector<std::string> sides =
      one_way ? std::vector{links.substr(0, arrow), links.substr(arrow + 2)} : split(links, '|');
  if (sides.size() < 2) return invalid("'" + links + "' is neither A|B nor A->B");
  std::vector<std::vector<PeerId>> groups;
  for (const std::string& side : sides) {
    ES_TRY(groups.emplace_back(), parse_numbers(side));
  }
  for (size_t a = 0; a < groups.size(); ++a) {
    for (size_t b = 0; b < groups.size(); ++b) {
      if (a == b || (one_way && a > b)) continue;
      for (const PeerId from : groups[a]) {
        for (const PeerId to : groups[b]) world_.cut(from, to);
      }
    }
  }
  return {};
}

Status RaftStory::heal(Line& line) {
  ES_CHECK(line.finish());
  world_.heal();
  return {};
}

Status RaftStory::disk(Line& line) {
  ES_TRY(const PeerId id, take_node(line));
  ES_TRY(const std::string what, line.word("hold, release, fail, lie or confess"));
  std::optional<uint64_t> count;
  if (what == "release") {
    if (const auto word = line.optional_word()) {
      ES_TRY(count, parse_number(*word));
    }
  }
  ES_CHECK(line.finish());
  if (what == "hold") return world_.hold_disk(id);
  if (what == "release") return world_.release_disk(id, count);
  if (what == "fail") return world_.fail_disk(id);
  if (what == "lie" || what == "confess") {
    ES_TRY(RaftWorld::Node* const node, world_.node(id));
    node->disk.lie(what == "lie");
    return {};
  }
  return invalid("a disk can hold, release, fail, lie or confess, not '" + what + "'");
}

Status RaftStory::crash(Line& line) {
  ES_TRY(const PeerId id, take_node(line));
  ES_TRY(const auto keep, line.option("keep"));
  if (keep && *keep != "synced" && *keep != "all")
    return invalid("a power loss keeps=synced or keeps=all");
  ES_CHECK(line.finish());
  return world_.crash(id, keep == "all");
}

Status RaftStory::restart(Line& line) {
  ES_TRY(const PeerId id, take_node(line));
  ES_CHECK(line.finish());
  return world_.restart(id);
}

Status RaftStory::corrupt(Line& line) {
  ES_TRY(const PeerId id, take_node(line));
  Index index = 0;
  ES_CHECK(take_bound(line, "index", index));
  ES_CHECK(line.finish());
  ES_TRY(RaftWorld::Node* const node, world_.node(id));
  if (!node->disk.corrupt(index))
    return invalid("no entry " + std::to_string(index) + " is on that disk");
  return {};
}

Status RaftStory::compact(Line& line) {
  ES_TRY(const PeerId id, take_node(line));
  Index index = 0;
  ES_CHECK(take_bound(line, "index", index));
  ES_CHECK(line.finish());
  ES_TRY(RaftWorld::Node* const node, world_.moving(id));
  ES_CHECK(node->raft->compact(index, state_text(index)));
  world_.settle(id);
  return {};
}

Status RaftStory::stabilize(Line& line) {
  std::set<PeerId> among;
  while (const auto word = line.optional_word()) {
    if (*word == "all") continue;
    ES_TRY(const std::vector<uint64_t> ids, parse_numbers(*word));
    for (const PeerId id : ids) {
      ES_CHECK(world_.node(id));
      among.insert(id);
    }
  }
  ES_CHECK(line.finish());
  if (among.empty()) {
    for (const auto& [id, node] : world_.nodes()) among.insert(id);
  }
  return world_.stabilize(among);
}

Status RaftStory::message(Line& line) {
  ES_TRY(const raft::Message message, take_message(line, world_));
  ES_CHECK(line.finish());
  return world_.inject(message);
}

Verdict run_raft_file(const std::string& path) {
  const auto story = std::make_shared<RaftStory>();
  return run_file(path, [story](Line& line) { return story->run(line); });
}

}  // namespace es::scenario
