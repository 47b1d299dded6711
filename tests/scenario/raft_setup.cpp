// How a raft scenario begins: who is there, and what is on their disks.

#include <algorithm>

#include "tests/scenario/raft_message.h"
#include "tests/scenario/raft_story.h"
#include "tests/scenario/raft_words.h"

namespace es::scenario {
namespace {

Status take_switch(Line& line, std::string_view key, bool& value) {
  ES_TRY(const auto text, line.option(key));
  if (!text) return {};
  ES_TRY(value, parse_switch(*text, "on", "off"));
  return {};
}

Result<raft::Options> take_options(Line& line) {
  raft::Options options;
  options.id = 1;
  ES_CHECK(take_switch(line, "prevote", options.pre_vote));
  ES_CHECK(take_switch(line, "check_quorum", options.check_quorum));
  bool lease_reads = false;
  ES_CHECK(take_switch(line, "lease_reads", lease_reads));
  if (lease_reads) return not_yet_supported("lease_reads=on");
  ES_CHECK(take_bound(line, "election_ticks", options.election_ticks));
  ES_CHECK(take_bound(line, "heartbeat_ticks", options.heartbeat_ticks));
  ES_CHECK(take_bound(line, "max_inflight", options.max_inflight));
  // Beyond the table: the other bounds.
  ES_CHECK(take_bound(line, "max_inflight_bytes", options.max_inflight_bytes));
  ES_CHECK(take_bound(line, "max_append_bytes", options.max_append_bytes));
  ES_CHECK(take_bound(line, "max_log_entries", options.max_log_entries));
  ES_CHECK(take_bound(line, "max_pending_reads", options.max_pending_reads));
  ES_CHECK(take_bound(line, "snapshot_chunk_bytes", options.snapshot_chunk_bytes));
  ES_CHECK(take_bound(line, "max_snapshot_bytes", options.max_snapshot_bytes));
  ES_CHECK(raft::validate(options));
  return options;
}

Result<std::vector<PeerId>> take_ids(Line& line, std::string_view key) {
  ES_TRY(const auto value, line.option(key));
  ES_TRY(std::vector<PeerId> ids, parse_numbers(value.value_or("")));
  std::sort(ids.begin(), ids.end());
  return ids;
}

Result<raft::Configuration> checked(raft::Configuration config) {
  if (!raft::is_valid(config))
    return invalid("a node is named twice, or is 0, or they are too many");
  return config;
}

}  // namespace

Status RaftStory::nodes(Line& line) {
  if (!world_.nodes().empty()) return invalid("'nodes' was given already");
  if (!line.options("witness").empty()) return not_yet_supported("witnesses");
  ES_TRY(const raft::Options options, take_options(line));
  raft::Configuration config;
  ES_TRY(config.learners, take_ids(line, "learners"));
  while (const auto word = line.optional_word()) {
    ES_TRY(const std::vector<uint64_t> ids, parse_numbers(*word));
    for (const PeerId id : ids) {
      if (!raft::is_learner(config, id)) config.voters.push_back(id);
    }
  }
  ES_CHECK(line.finish());
  std::sort(config.voters.begin(), config.voters.end());
  if (config.voters.empty()) return invalid("'nodes' needs at least one voter");
  ES_TRY(world_.first_config, checked(config));
  raft::Restored first;
  first.snapshot.meta.config = config;
  for (const PeerId id : config.voters) ES_CHECK(world_.add_node(id, options, first));
  for (const PeerId id : config.learners) ES_CHECK(world_.add_node(id, options, first));
  return {};
}

Status RaftStory::state(Line& line) {
  ES_TRY(const PeerId id, take_node(line));
  ES_TRY(const auto terms_text, line.option("terms"));
  ES_TRY(const auto snapshot_text, line.option("snapshot"));
  ES_TRY(const auto vote_text, line.option("vote"));
  ES_TRY(const std::vector<uint64_t> terms, parse_numbers(terms_text.value_or("")));
  Position snapshot;
  if (snapshot_text) {
    ES_TRY(snapshot, parse_position(*snapshot_text));
  }
  raft::Restored restored;
  restored.snapshot.meta = {snapshot.index, snapshot.term, world_.first_config};
  if (snapshot.index != 0) restored.snapshot.data = state_text(snapshot.index);
  raft::Configuration config;
  ES_TRY(config.voters, take_ids(line, "voters"));
  ES_TRY(config.learners, take_ids(line, "learners"));
  if (!config.voters.empty()) {
    ES_TRY(restored.snapshot.meta.config, checked(config));
  }
  restored.entries = entries_of_terms(snapshot.index + 1, terms);
  restored.hard_state.term = terms.empty() ? snapshot.term : terms.back();
  ES_CHECK(take_bound(line, "term", restored.hard_state.term));
  if (vote_text && *vote_text != "none") {
    ES_TRY(restored.hard_state.vote, parse_number(*vote_text));
  }
  ES_CHECK(take_bound(line, "commit", restored.commit));
  if (restored.commit > snapshot.index + terms.size()) return invalid("commit= is beyond the log");
  if (restored.commit > snapshot.index) {
    restored.commit_term = terms[restored.commit - snapshot.index - 1];
  }
  ES_CHECK(line.finish());
  return world_.replace_state(id, std::move(restored));
}

}  // namespace es::scenario
