// What a raft scenario looks at. Each says what was expected and what was seen.

#include <algorithm>
#include <sstream>

#include "tests/scenario/raft_message.h"
#include "tests/scenario/raft_story.h"

namespace es::scenario {
namespace {

std::string text(uint64_t number) { return std::to_string(number); }
std::string peer_text(PeerId peer) { return peer == raft::kNobody ? "none" : text(peer); }
std::string position_text(Index index, Term term) { return text(index) + ":" + text(term); }

std::string list_text(const std::vector<uint64_t>& numbers) {
  std::string result;
  for (const uint64_t number : numbers) result += (result.empty() ? "" : ",") + text(number);
  return result.empty() ? "none" : result;
}

std::string role_text(const raft::Raft& node) {
  switch (node.role()) {
    case raft::Role::kLeader:
      return "leader";
    case raft::Role::kCandidate:
      return "candidate";
    case raft::Role::kPreCandidate:
      return "precandidate";
    case raft::Role::kFollower:
      return raft::is_learner(node.config(), node.id()) ? "learner" : "follower";
  }
  return "unknown";
}

std::string log_text(const raft::Log& log) {
  std::vector<uint64_t> terms;
  for (Index index = log.base_index() + 1; index <= log.last_index(); ++index)
    terms.push_back(log.at(index).term);
  return list_text(terms);
}

Error mismatch(const std::string& what, const std::string& expected, const std::string& seen) {
  return invalid("expected " + what + "=" + expected + ", saw " + what + "=" + seen);
}

// A list however it is written: sorted, or "none".
Result<std::string> normal_list(const std::string& value) {
  ES_TRY(std::vector<uint64_t> numbers, parse_numbers(value));
  std::sort(numbers.begin(), numbers.end());
  return list_text(numbers);
}

Status check_role_name(const std::string& name) {
  if (name == "witness") return Error{Errc::kUnsupported, "not yet supported: witnesses"};
  for (const char* known : {"leader", "follower", "candidate", "precandidate", "learner"}) {
    if (name == known) return {};
  }
  return invalid("'" + name + "' is no role");
}

}  // namespace

Status RaftStory::expect(Line& line) {
  ES_TRY(const std::string word, line.word("a node"));
  ES_TRY(const PeerId id, parse_number(word));
  ES_TRY(const RaftWorld::Node* const found, world_.running(id));
  const raft::Raft& node = *found->raft;
  const raft::Log& log = node.log();
  const std::pair<const char*, std::string> seen[] = {
      {"role", role_text(node)},
      {"term", text(node.term())},
      {"vote", peer_text(node.hard_state().vote)},
      {"leader", peer_text(node.leader())},
      {"log", log_text(log)},
      {"last", position_text(log.last_index(), log.last_term())},
      {"commit", text(node.commit_index())},
      {"applied", text(node.applied_index())},
      {"snapshot", position_text(node.snapshot().index, node.snapshot().term)},
      {"healing", node.is_healing() ? "yes" : "no"},
  };
  std::string what = "node " + word;
  Status first;
  for (const auto& [key, value] : seen) {
    ES_TRY(auto expected, line.option(key));
    if (!expected) continue;
    if (key == std::string_view("role")) ES_CHECK(check_role_name(*expected));
    if (expected->empty()) expected = "none";
    if (key == std::string_view("snapshot") && *expected == "none") expected = "0:0";
    if (*expected != value && first.ok()) first = mismatch(what + " " + key, *expected, value);
  }
  for (const auto& [peer, other] : world_.nodes()) {
    const std::string key = "progress." + text(peer);
    ES_TRY(const auto expected, line.option(key));
    if (!expected) continue;
    const auto progress = node.progress(peer);
    const std::string match = progress ? text(progress->match) : "none";
    if (*expected != match && first.ok()) first = mismatch(what + " " + key, *expected, match);
  }
  ES_CHECK(line.finish());
  return first;
}

Status RaftStory::expect_config(Line& line) {
  ES_TRY(const std::string word, line.word("a node"));
  ES_TRY(const PeerId id, parse_number(word));
  ES_TRY(const RaftWorld::Node* const found, world_.running(id));
  const raft::Configuration& config = found->raft->config();
  // One change at a time needs no second set of voters, and witnesses are no members yet: there are
  // none of either.
  const std::pair<const char*, std::string> seen[] = {
      {"voters", list_text(config.voters)},
      {"learners", list_text(config.learners)},
      {"outgoing", "none"},
      {"witness", "none"},
  };
  Status first;
  for (const auto& [key, value] : seen) {
    ES_TRY(const auto given, line.option(key));
    if (!given) continue;
    ES_TRY(const std::string expected, normal_list(*given));
    if (expected != value && first.ok())
      first = mismatch("node " + word + " " + key, expected, value);
  }
  ES_TRY(const auto joint, line.option("joint"));
  if (joint) {
    ES_TRY(const bool expected, parse_switch(*joint, "yes", "no"));
    if (expected) return Error{Errc::kUnsupported, "not yet supported: joint changes"};
  }
  ES_CHECK(line.finish());
  return first;
}

Status RaftStory::expect_read(Line& line) {
  ES_TRY(const std::string name, line.word("the name of a read"));
  ES_TRY(const RaftWorld::Read read, world_.read(name));
  ES_TRY(const auto index, line.option("index"));
  const auto word = line.optional_word();
  ES_CHECK(line.finish());
  if (index.has_value() == word.has_value())
    return invalid("a read has index=, or is pending or refused");
  if (word && *word != "pending" && *word != "refused")
    return invalid("'" + *word + "' is neither pending nor refused");
  std::string seen;
  switch (read.state) {
    case RaftWorld::ReadState::kPending:
      seen = "pending";
      break;
    case RaftWorld::ReadState::kRefused:
      seen = "refused";
      break;
    case RaftWorld::ReadState::kConfirmed:
      seen = "index=" + text(read.index);
      break;
  }
  const std::string expected = word ? *word : "index=" + *index;
  if (seen != expected)
    return invalid("expected read '" + name + "' " + expected + ", saw " + seen);
  return {};
}

Status RaftStory::expect_leader(Line& line) {
  ES_TRY(const std::string expected, line.word("one, none or a node"));
  ES_TRY(const auto among_text, line.option("among"));
  ES_TRY(const std::vector<uint64_t> among, parse_numbers(among_text.value_or("")));
  ES_CHECK(line.finish());
  std::vector<PeerId>
      leaders;  // of the highest term that has one; an older leader may not know yet
  Term highest = 0;
  for (const auto& [id, node] : world_.nodes()) {
    const bool counts = among.empty() || std::find(among.begin(), among.end(), id) != among.end();
    if (!counts || !node.raft || node.raft->role() != raft::Role::kLeader) continue;
    if (node.raft->term() > highest) leaders.clear();
    highest = std::max(highest, node.raft->term());
    if (node.raft->term() == highest) leaders.push_back(id);
  }
  if (expected != "one" && expected != "none") ES_CHECK(parse_number(expected));
  const std::string seen = list_text(leaders);
  const bool fits = expected == "one" ? leaders.size() == 1 : seen == expected;
  if (!fits) return invalid("expected leader " + expected + ", saw " + seen);
  return {};
}

Status RaftStory::expect_reply(Line& line) {
  ES_TRY(const RaftWorld::Filter envelope, take_filter(line));
  ES_TRY(const RaftWorld::Filter fields, take_field_filter(line, world_));
  ES_TRY(const auto count_text, line.option("count"));
  ES_CHECK(line.finish());
  const auto& pending = world_.pending();
  const auto seen = static_cast<uint64_t>(std::count_if(
      pending.begin(), pending.end(),
      [&](const raft::Message& message) { return envelope(message) && fields(message); }));
  if (!count_text && seen > 0) return {};
  if (!count_text)
    return invalid("expected such a message to be pending, saw " + describe(pending));
  ES_TRY(const uint64_t count, parse_number(*count_text));
  if (seen != count) {
    return invalid("expected " + text(count) + " such messages, saw " + text(seen) + " in " +
                   describe(pending));
  }
  return {};
}

Status RaftStory::expect_safe(Line& line) {
  ES_CHECK(line.finish());
  const std::string& violation = world_.safety().violation();
  if (!violation.empty()) return invalid("expected the five properties to hold, saw " + violation);
  return {};
}

}  // namespace es::scenario
