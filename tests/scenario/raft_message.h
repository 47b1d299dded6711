#pragma once
// Raft's messages as scenarios write them: types by name, fields as key=value.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/raft/message.h"
#include "tests/scenario/line.h"
#include "tests/scenario/raft_world.h"

namespace es::scenario {

struct Position {
  Index index = 0;
  Term term = 0;
};
// INDEX:TERM. Errors: kInvalid.
Result<Position> parse_position(std::string_view text);
std::string terms_text(const std::vector<raft::Entry>& entries);
// Entries from `first` on, one for each term.
std::vector<raft::Entry> entries_of_terms(Index first, const std::vector<Term>& terms);

// "append_reply 2->1 term=3 reject=yes index=4"
std::string describe(const raft::Message& message);
std::string describe(const std::deque<raft::Message>& messages);

// Takes from=, to= and type= out of the line.
Result<RaftWorld::Filter> take_filter(Line& line);
// Takes every other option: what the message's fields must be. Errors: kInvalid for a field that no
// message has.
Result<RaftWorld::Filter> take_field_filter(Line& line, RaftWorld& world);
// The message that a `message` line describes.
Result<raft::Message> take_message(Line& line, RaftWorld& world);

}  // namespace es::scenario
