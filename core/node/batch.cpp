#include "core/node/batch.h"

#include <algorithm>
#include <utility>

#include "core/base/planted_bug.h"

namespace es::node {

namespace {

// The id of an object of any kind.
template <class T>
state::ObjectId id_of(const T& object) {
  return state::ObjectId{object.id.bits};
}
state::ObjectId id_of(const state::TaskOfService& made) { return state::ObjectId{made.task.id.bits}; }

bool is_of_task(const state::Action& action) {
  if (const auto* removal = std::get_if<state::Removal>(&action)) return removal->kind == state::ObjectKind::kTask;
  return std::holds_alternative<Task>(action) || std::holds_alternative<state::TaskOfService>(action) ||
         std::holds_alternative<state::TaskUpdate>(action);
}

}  // namespace

Batch::Batch(std::vector<state::Action> actions) {
  for (std::vector<state::Action>& run : state::split(std::move(actions))) {
    for (const state::Action& action : run) {
      if (is_of_task(action)) continue;
      part_of_[std::visit([](const auto& one) { return id_of(one); }, action)] = parts_.size();
    }
    parts_.emplace_back().change.actions = std::move(run);
  }
}

state::Change* Batch::next() { return proposed_ == parts_.size() ? nullptr : &parts_[proposed_].change; }

void Batch::proposed() { parts_[proposed_++].change.actions = {}; }

bool Batch::drop_next(const Error& error) {
  if (ended_ != proposed_) return false;
  parts_[proposed_++] = {{}, error};
  ++ended_;
  return true;
}

bool Batch::applied(uint64_t sequence, const std::optional<Error>& refused) {
  if (ended_ == proposed_ || parts_[ended_].change.id.sequence != sequence) return false;
  parts_[ended_++].refused = refused;
  return true;
}

std::optional<Status> Batch::fate(const std::vector<state::ObjectId>& objects) const {
  size_t first = parts_.size();
  size_t last = 0;
  for (const state::ObjectId& object : objects) {
    const auto part = part_of_.find(object);
    if (part == part_of_.end()) continue;
    first = std::min(first, part->second);
    last = std::max(last, part->second + 1);
  }
  if (last == 0) {
    if (!is_over()) return std::nullopt;
    first = 0;
    last = parts_.size();
  }
  const size_t settled = ES_PLANTED(answered_when_proposed) ? proposed_ : ended_;
  if (settled < last) return std::nullopt;
  for (size_t i = first; i < last; ++i) {
    if (parts_[i].refused && !ES_PLANTED(refused_part_acknowledged)) {
      return Status(*parts_[i].refused);
    }
  }
  return Status();
}

}  // namespace es::node
