#pragma once
// Planted bugs: faults that can be switched on, one at a time, to prove that the tests would notice
// them (docs/MUTATIONS.md, ./dev mutants). In a product ES_PLANTED(name) is a constant false and
// costs nothing; in the preset `dev` the main function of a test program can switch one on.
//
// To plant a bug: a line in the list of its room below, ES_PLANTED(its_name) at the place where the
// code would be wrong, and a line in tests/mutants/mutants.txt that says who catches it. A name that
// is in no list does not compile, in any build.
//
//     if (entry.term != term_ && !ES_PLANTED(commit_by_counting_old_terms)) return;

#include <string_view>

// One macro a room, so that two people who plant bugs in two rooms do not meet in one line.
#define ES_PLANTED_IN_GOSSIP(BUG) \
  BUG(suspicion_without_refutation, "a member that is suspected does not say that it lives")

#define ES_PLANTED_IN_RAFT(BUG)                                                                   \
  BUG(commit_by_counting_old_terms, "a leader counts copies of entries of earlier terms")        \
  BUG(vote_before_sync, "a vote is sent before it is on the disk")                               \
  BUG(append_acknowledged_before_sync, "entries are acknowledged before they are on the disk")   \
  BUG(stale_read, "a read does not wait for a quorum to confirm the leader")                     \
  BUG(truncation_forgotten, "entries that were replaced stay on the disk")                       \
  BUG(configuration_not_rolled_back, "a configuration outlives the entry that brought it")       \
  BUG(change_before_commit_of_the_term, "a new leader changes members before its first commit")  \
  BUG(snapshot_with_the_old_configuration, "a snapshot holds the configuration before its own")  \
  BUG(pre_vote_skipped, "a candidate raises its term without asking first")                      \
  BUG(second_vote_in_a_term, "a voter votes for whoever asks")                                   \
  BUG(heartbeat_commits_all, "a heartbeat commits what its receiver never acknowledged")         \
  BUG(divergence_not_noticed, "a leader's other log is acknowledged where entries are committed")\
  BUG(rival_leader_followed, "of two leaders in one term the last that spoke is followed")       \
  BUG(lost_entries_not_noticed, "who lost acknowledged entries goes on as if it had not")        \
  BUG(healing_member_votes, "who lost entries votes by the rest of its log")                     \
  BUG(impossible_terms_believed, "a term is believed that nobody can have reached")              \
  BUG(offset_0_restarts_a_transfer, "a chunk at 0 throws away what has arrived of a snapshot")   \
  BUG(nothing_trails_behind_a_transfer, "a leader that compacts drops what a transfer's peer needs next")

#define ES_PLANTED_IN_STATE(BUG) \
  BUG(observed_state_goes_back, "an older observation overwrites a newer one in the tables") \
  BUG(tables_depend_on_an_address, "what apply writes depends on where in memory the tables are") \
  BUG(snapshot_misses_tasks, "a snapshot lacks the tasks whose spec is their service's") \
  BUG(name_taken_twice, "two services get one name")

#define ES_PLANTED_IN_SCHEDULER(BUG) \
  BUG(scheduler_overcommits_a_byte, "the scheduler promises one byte more than a node offers") \
  BUG(drained_node_gets_tasks, "a node that is drained or paused gets new tasks")

#define ES_PLANTED_IN_ORCHESTRATOR(BUG) \
  BUG(restart_ignores_max_attempts, "a task is restarted for ever, whatever max_attempts says") \
  BUG(history_reaped_too_early, "one task of a slot's history less is kept than was asked for") \
  BUG(version_not_checked, "an update is taken whatever version it was based on") \
  BUG(token_not_rotated, "a new join secret is acknowledged and not kept")

#define ES_PLANTED_IN_DISPATCHER(BUG) \
  BUG(stale_session_accepted, "what an agent says in an older session is taken") \
  BUG(removal_not_assigned, "an agent is not told that a task is gone")

#define ES_PLANTED_IN_AGENT(BUG) \
  BUG(agent_overcommits_a_byte, "an agent admits one byte more than its node offers") \
  BUG(report_lost, "of what an agent has to report at once only the first is sent") \
  BUG(container_orphaned, "the container of a task that is gone runs on") \
  BUG(assignment_lost, "an agent does not notice that assignments are missing")

#define ES_PLANTED_IN_NODE(BUG) \
  BUG(histories_not_compared, "a manager keeps tables that went another way than the leader's") \
  BUG(copied_board_let_in, "a board whose identity answers elsewhere is let in") \
  BUG(answered_when_proposed, "a command is answered when it is proposed, not when it is committed") \
  BUG(refused_part_acknowledged, "what a lost part of a batch held is acknowledged all the same") \
  BUG(no_op_answered_without_quorum, "a leader answers from its tables without asking a quorum") \
  BUG(report_acknowledged_unwritten, "a report is acknowledged although the log refused it") \
  BUG(write_answered_before_apply, "a write is answered before this manager's tables hold it") \
  BUG(read_before_apply, "a read does not wait until this manager's tables are new enough") \
  BUG(dead_node_stays_ready, "a node that has spoken once is ready for ever")

// Adds the room's ES_PLANTED_IN_* to it. The order has no meaning.
#define ES_PLANTED_BUG_LIST(BUG)  \
  ES_PLANTED_IN_GOSSIP(BUG)       \
  ES_PLANTED_IN_RAFT(BUG)         \
  ES_PLANTED_IN_STATE(BUG)        \
  ES_PLANTED_IN_SCHEDULER(BUG)    \
  ES_PLANTED_IN_ORCHESTRATOR(BUG) \
  ES_PLANTED_IN_DISPATCHER(BUG)   \
  ES_PLANTED_IN_AGENT(BUG)        \
  ES_PLANTED_IN_NODE(BUG)

namespace es {

enum class PlantedBug {
  kNone,
#define ES_PLANTED_ENUMERATOR(name, description) name,
  ES_PLANTED_BUG_LIST(ES_PLANTED_ENUMERATOR)
#undef ES_PLANTED_ENUMERATOR
};

struct PlantedBugName {
  PlantedBug bug;
  std::string_view name;
  std::string_view description;
};

constexpr PlantedBugName kPlantedBugs[] = {
#define ES_PLANTED_NAME(name, description) {PlantedBug::name, #name, description},
    ES_PLANTED_BUG_LIST(ES_PLANTED_NAME)
#undef ES_PLANTED_NAME
};

#ifdef ES_PLANTED_BUGS
// Set once by the main function of a test program, before anything else runs (tests/planted.h).
inline PlantedBug planted_bug = PlantedBug::kNone;
#define ES_PLANTED(name) (::es::planted_bug == ::es::PlantedBug::name)
#else
#define ES_PLANTED(name) (static_cast<void>(::es::PlantedBug::name), false)
#endif

}  // namespace es
