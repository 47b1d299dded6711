#include "tests/scenario/raft_message.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace es::scenario {
namespace {

// In the order of raft::Body.
constexpr std::array<std::string_view, std::variant_size_v<raft::Body>> kTypes = {
    "append",           "append_reply",   "vote",        "vote_reply",
    "prevote",          "prevote_reply",  "heartbeat",   "heartbeat_reply",
    "snapshot",         "snapshot_reply", "timeout_now", "read_index",
    "read_index_reply",
};

using FieldTexts = std::vector<std::pair<std::string, std::string>>;

std::string text(uint64_t number) { return std::to_string(number); }
std::string text(bool value) { return value ? "yes" : "no"; }
std::string text(Index index, Term term) { return text(index) + ":" + text(term); }

FieldTexts fields_of(const raft::Append& body) {
  return {{"prev", text(body.prev_index, body.prev_term)},
          {"entries", terms_text(body.entries)},
          {"commit", text(body.commit)}};
}
FieldTexts fields_of(const raft::AppendReply& body) {
  FieldTexts fields{{"reject", text(body.reject)}, {"index", text(body.index)}};
  if (body.reject) fields.emplace_back("hint", text(body.hint_index, body.hint_term));
  return fields;
}
FieldTexts fields_of(const raft::Vote& body) {
  return {{"last", text(body.last_index, body.last_term)}, {"transfer", text(body.transfer)}};
}
FieldTexts fields_of(const raft::VoteReply& body) { return {{"reject", text(body.reject)}}; }
FieldTexts fields_of(const raft::PreVote& body) {
  return {{"last", text(body.last_index, body.last_term)}};
}
FieldTexts fields_of(const raft::PreVoteReply& body) { return {{"reject", text(body.reject)}}; }
FieldTexts fields_of(const raft::Heartbeat& body) {
  return {{"commit", text(body.commit)},
          {"context", text(body.context)},
          {"acknowledged", text(body.acknowledged_index, body.acknowledged_term)}};
}
FieldTexts fields_of(const raft::HeartbeatReply& body) {
  return {{"context", text(body.context)},
          {"healing", text(body.healing)},
          {"lost", text(body.lost_index)}};
}
FieldTexts fields_of(const raft::SnapshotChunk& body) {
  return {{"snapshot", text(body.meta.index, body.meta.term)},
          {"offset", text(body.offset_bytes)},
          {"done", text(body.done)}};
}
FieldTexts fields_of(const raft::SnapshotReply& body) {
  return {{"index", text(body.index)}, {"offset", text(body.next_offset_bytes)}};
}
FieldTexts fields_of(const raft::TimeoutNow&) { return {}; }
FieldTexts fields_of(const raft::ReadIndex& body) { return {{"context", text(body.context)}}; }
FieldTexts fields_of(const raft::ReadIndexReply& body) {
  return {
      {"context", text(body.context)}, {"index", text(body.index)}, {"reject", text(body.reject)}};
}

FieldTexts fields_of(const raft::Message& message) {
  FieldTexts fields = std::visit([](const auto& body) { return fields_of(body); }, message.body);
  fields.emplace(fields.begin(), "term", text(message.term));
  return fields;
}

Result<size_t> type_of(std::string_view name) {
  const auto found = std::find(kTypes.begin(), kTypes.end(), name);
  if (found == kTypes.end()) return invalid("no message is of type '" + std::string(name) + "'");
  return static_cast<size_t>(found - kTypes.begin());
}

// The name of a read; else a number is itself (a round of heartbeats).
uint64_t context_of(const std::string& value, RaftWorld& world) {
  const auto number = parse_number(value);
  return number.ok() && !world.read(value).ok() ? number.value() : world.context_number(value);
}

// The options of one `message` line, each read as what its key means.
class Given {
 public:
  Given(Line& line, RaftWorld& world) : line_(line), world_(world) {}

  Result<uint64_t> number(std::string_view key) {
    ES_TRY(const auto value, line_.option(key));
    if (!value) return uint64_t{0};
    return parse_number(*value);
  }
  Result<uint64_t> needed_number(std::string_view key) {
    ES_TRY(const auto value, line_.option(key));
    if (!value) return invalid("'message' needs " + std::string(key) + "=");
    return parse_number(*value);
  }
  Result<Position> position(std::string_view key) {
    ES_TRY(const auto value, line_.option(key));
    if (!value) return Position{};
    return parse_position(*value);
  }
  Result<bool> flag(std::string_view key) {
    ES_TRY(const auto value, line_.option(key));
    if (!value) return false;
    return parse_switch(*value, "yes", "no");
  }
  Result<std::vector<uint64_t>> numbers(std::string_view key) {
    ES_TRY(const auto value, line_.option(key));
    return parse_numbers(value.value_or(""));
  }
  Result<uint64_t> context() {
    ES_TRY(const auto value, line_.option("context"));
    return value ? context_of(*value, world_) : 0;
  }
  Result<bool> transfer() {
    ES_TRY(const auto value, line_.option("context"));
    if (value && *value != "transfer")
      return invalid("the context of a vote is 'transfer' or absent");
    return value.has_value();
  }
  Result<raft::Configuration> config() {
    ES_TRY(std::vector<uint64_t> voters, numbers("voters"));
    ES_TRY(std::vector<uint64_t> learners, numbers("learners"));
    if (voters.empty()) return world_.first_config;
    return raft::Configuration{std::move(voters), std::move(learners)};
  }

 private:
  Line& line_;
  RaftWorld& world_;
};

// The acknowledged index is index=, or the index of last=; what was refused is prev=, and the hint
// last=.
Status fill(Given& given, raft::AppendReply& body) {
  ES_TRY(body.reject, given.flag("reject"));
  ES_TRY(const Position prev, given.position("prev"));
  ES_TRY(const Position last, given.position("last"));
  ES_TRY(const uint64_t index, given.number("index"));
  ES_TRY(const Position hint, given.position("hint"));
  body.index = std::max(index, body.reject ? prev.index : std::max(last.index, prev.index));
  if (!body.reject) return {};
  body.hint_index = hint.index != 0 ? hint.index : last.index;
  body.hint_term = hint.index != 0 ? hint.term : last.term;
  return {};
}
Status fill(Given& given, raft::Append& body) {
  ES_TRY(const Position prev, given.position("prev"));
  ES_TRY(const std::vector<uint64_t> terms, given.numbers("entries"));
  ES_TRY(body.commit, given.number("commit"));
  body.prev_index = prev.index;
  body.prev_term = prev.term;
  body.entries = entries_of_terms(prev.index + 1, terms);
  return {};
}
Status fill(Given& given, raft::Vote& body) {
  ES_TRY(const Position last, given.position("last"));
  ES_TRY(body.transfer, given.transfer());
  body.last_index = last.index;
  body.last_term = last.term;
  return {};
}
Status fill(Given& given, raft::PreVote& body) {
  ES_TRY(const Position last, given.position("last"));
  body.last_index = last.index;
  body.last_term = last.term;
  return {};
}
Status fill(Given& given, raft::VoteReply& body) {
  ES_TRY(body.reject, given.flag("reject"));
  return {};
}
Status fill(Given& given, raft::PreVoteReply& body) {
  ES_TRY(body.reject, given.flag("reject"));
  return {};
}
Status fill(Given& given, raft::Heartbeat& body) {
  ES_TRY(body.commit, given.number("commit"));
  ES_TRY(body.context, given.context());
  ES_TRY(const Position acknowledged, given.position("acknowledged"));
  body.acknowledged_index = acknowledged.index;
  body.acknowledged_term = acknowledged.term;
  return {};
}
Status fill(Given& given, raft::HeartbeatReply& body) {
  ES_TRY(const Position last, given.position("last"));
  ES_TRY(body.context, given.context());
  body.last_index = last.index;
  ES_TRY(body.snapshot_index, given.number("index"));
  ES_TRY(body.snapshot_offset_bytes, given.number("offset"));
  return {};
}
// A whole snapshot in one chunk, unless offset= or done=no say otherwise.
Status fill(Given& given, raft::SnapshotChunk& body) {
  ES_TRY(const Position snapshot, given.position("snapshot"));
  ES_TRY(const Position last, given.position("last"));
  ES_TRY(const Position prev, given.position("prev"));
  ES_TRY(body.offset_bytes, given.number("offset"));
  ES_TRY(const bool unfinished, given.flag("unfinished"));
  ES_TRY(body.meta.config, given.config());
  body.meta.index = std::max({snapshot.index, last.index, prev.index});
  body.meta.term = std::max({snapshot.term, last.term, prev.term});
  body.data = "state up to " + text(body.meta.index);
  body.done = !unfinished;
  return {};
}
Status fill(Given& given, raft::SnapshotReply& body) {
  ES_TRY(body.index, given.number("index"));
  ES_TRY(body.next_offset_bytes, given.number("offset"));
  return {};
}
Status fill(Given&, raft::TimeoutNow&) { return {}; }
Status fill(Given& given, raft::ReadIndex& body) {
  ES_TRY(body.context, given.context());
  return {};
}
Status fill(Given& given, raft::ReadIndexReply& body) {
  ES_TRY(body.context, given.context());
  ES_TRY(body.index, given.number("index"));
  ES_TRY(body.reject, given.flag("reject"));
  return {};
}

template <size_t... I>
raft::Body empty_body(size_t type, std::index_sequence<I...>) {
  raft::Body body;
  ((I == type ? static_cast<void>(body.emplace<I>()) : static_cast<void>(0)), ...);
  return body;
}

// The same facts in the words of a `message` line, for who writes last= or prev= where the message
// itself holds a bare index.
void add_positions(const raft::Message& message, FieldTexts& fields) {
  if (const auto* reply = std::get_if<raft::AppendReply>(&message.body)) {
    fields.emplace_back(reply->reject ? "prev" : "last", text(reply->index));
    if (reply->reject) fields.emplace_back("last", text(reply->hint_index, reply->hint_term));
  } else if (const auto* chunk = std::get_if<raft::SnapshotChunk>(&message.body)) {
    fields.emplace_back("last", text(chunk->meta.index, chunk->meta.term));
  }
}

std::pair<std::string, std::string> without_term(const std::pair<std::string, std::string>& field) {
  return {field.first, field.second.substr(0, field.second.find(':'))};
}

// What `value` means for `key`, in the words of fields_of().
std::string expected_text(const std::string& key, const std::string& value, RaftWorld& world) {
  return key == "context" ? text(context_of(value, world)) : value;
}

}  // namespace

Result<Position> parse_position(std::string_view text) {
  const std::vector<std::string> parts = split(text, ':');
  if (parts.size() != 2) return invalid("'" + std::string(text) + "' is not INDEX:TERM");
  ES_TRY(const uint64_t index, parse_number(parts[0]));
  ES_TRY(const uint64_t term, parse_number(parts[1]));
  return Position{index, term};
}

std::string terms_text(const std::vector<raft::Entry>& entries) {
  std::string result;
  for (const raft::Entry& entry : entries) result += (result.empty() ? "" : ",") + text(entry.term);
  return result;
}

std::vector<raft::Entry> entries_of_terms(Index first, const std::vector<Term>& terms) {
  std::vector<raft::Entry> entries;
  for (const Term term : terms)
    entries.push_back({first + entries.size(), term, raft::EntryType::kData, {}});
  return entries;
}

std::string describe(const raft::Message& message) {
  std::string result = std::string(kTypes[message.body.index()]) + " " + text(message.from) + "->" +
                       text(message.to);
  for (const auto& [key, value] : fields_of(message)) result += " " + key + "=" + value;
  return result;
}

std::string describe(const std::deque<raft::Message>& messages) {
  constexpr size_t kMaxShown = 12;
  if (messages.empty()) return "nothing pending";
  std::string result;
  for (size_t i = 0; i < std::min(messages.size(), kMaxShown); ++i) {
    result += (i == 0 ? "[" : "] [") + describe(messages[i]);
  }
  return result + (messages.size() > kMaxShown ? "] …" : "]");
}

Result<RaftWorld::Filter> take_filter(Line& line) {
  const auto take_nodes = [&](std::string_view key) -> Result<std::optional<std::set<PeerId>>> {
    ES_TRY(const auto value, line.option(key));
    if (!value) return std::optional<std::set<PeerId>>();
    ES_TRY(const std::vector<uint64_t> ids, parse_numbers(*value));
    return std::optional(std::set<PeerId>(ids.begin(), ids.end()));
  };
  ES_TRY(const auto from, take_nodes("from"));
  ES_TRY(const auto to, take_nodes("to"));
  ES_TRY(const auto type_name, line.option("type"));
  std::optional<size_t> type;
  if (type_name) {
    ES_TRY(type, type_of(*type_name));
  }
  return RaftWorld::Filter([=](const raft::Message& message) {
    return (!from || from->count(message.from) != 0) && (!to || to->count(message.to) != 0) &&
           (!type || *type == message.body.index());
  });
}

Result<RaftWorld::Filter> take_field_filter(Line& line, RaftWorld& world) {
  FieldTexts expected;
  for (const char* key :
       {"term", "reject", "index", "hint", "prev", "entries", "commit", "last", "transfer",
        "context", "snapshot", "offset", "done", "acknowledged", "healing", "lost"}) {
    ES_TRY(const auto value, line.option(key));
    if (value) expected.emplace_back(key, expected_text(key, *value, world));
  }
  return RaftWorld::Filter([expected](const raft::Message& message) {
    FieldTexts fields = fields_of(message);
    add_positions(message, fields);
    return std::all_of(expected.begin(), expected.end(), [&](const auto& one) {
      return std::find(fields.begin(), fields.end(), one) != fields.end() ||
             std::find(fields.begin(), fields.end(), without_term(one)) != fields.end();
    });
  });
}

Result<raft::Message> take_message(Line& line, RaftWorld& world) {
  Given given(line, world);
  raft::Message message;
  ES_TRY(const auto type_name, line.option("type"));
  if (!type_name) return invalid("'message' needs type=");
  ES_TRY(const size_t type, type_of(*type_name));
  ES_TRY(message.to, given.needed_number("to"));
  ES_TRY(message.from, given.needed_number("from"));
  ES_TRY(message.term, given.needed_number("term"));
  message.body = empty_body(type, std::make_index_sequence<std::variant_size_v<raft::Body>>());
  ES_CHECK(std::visit([&](auto& body) { return fill(given, body); }, message.body));
  return message;
}

}  // namespace es::scenario
