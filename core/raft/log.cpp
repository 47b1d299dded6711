#include "core/raft/log.h"

#include <algorithm>

#include "core/base/assert.h"
#include "core/base/planted_bug.h"

namespace es::raft {

Log::Log(Index base_index, Term base_term)
    : base_index_(base_index),
      base_term_(base_term),
      durable_(base_index),
      unsaved_from_(base_index + 1) {}

std::optional<Term> Log::term(Index index) const {
  if (index == base_index_) return base_term_;
  if (index < base_index_ || index > last_index()) return std::nullopt;
  return at(index).term;
}

const Entry& Log::at(Index index) const {
  ES_ASSERT(index > base_index_ && index <= last_index());
  return entries_[index - base_index_ - 1];
}

std::vector<Entry> Log::slice(Index from, Index to, size_t max_bytes) const {
  std::vector<Entry> result;
  size_t total = 0;
  for (Index index = from; index <= std::min(to, last_index()); ++index) {
    total += size_bytes(at(index));
    if (total > max_bytes && !result.empty()) break;
    result.push_back(at(index));
  }
  return result;
}

bool Log::up_to_date(Index index, Term term) const {
  return term > last_term() || (term == last_term() && index >= last_index());
}

Index Log::agree_at_most(Index upto, Term term) const {
  Index index = std::min(upto, last_index());
  while (index > base_index_ && at(index).term > term) --index;
  return index;
}

void Log::append(Entry entry) {
  ES_ASSERT(entry.index == last_index() + 1);
  ES_ASSERT(entry.term >= last_term());
  bytes_ += size_bytes(entry);
  entries_.push_back(std::move(entry));
}

void Log::truncate(Index from) {
  ES_ASSERT(from > base_index_);
  if (from > last_index()) return;
  while (last_index() >= from) {
    bytes_ -= size_bytes(entries_.back());
    entries_.pop_back();
  }
  if (from < unsaved_from_) {
    unsaved_from_ = from;
    if (ES_PLANTED(truncation_forgotten)) return;
    truncate_saved_from_ = truncate_saved_from_ == 0 ? from : std::min(truncate_saved_from_, from);
  }
  durable_ = std::min(durable_, from - 1);
}

void Log::compact(Index index, Index base) {
  ES_ASSERT(base >= base_index_ && base <= index && index <= last_index());
  base_term_ = *term(base);
  while (base_index_ < base) {
    bytes_ -= size_bytes(entries_.front());
    entries_.pop_front();
    ++base_index_;
  }
  // The snapshot that replaces these entries goes to the disk before anything that follows, so
  // nothing has to wait for them.
  durable_ = std::max(durable_, index);
  unsaved_from_ = std::max(unsaved_from_, index + 1);
}

void Log::reset(Index base_index, Term base_term) {
  *this = Log(base_index, base_term);
  truncate_saved_from_ = base_index + 1;
}

Log::Unsaved Log::take_unsaved() {
  Unsaved unsaved;
  unsaved.truncate_from = truncate_saved_from_;
  for (; unsaved_from_ <= last_index(); ++unsaved_from_)
    unsaved.entries.push_back(at(unsaved_from_));
  truncate_saved_from_ = 0;
  return unsaved;
}

void Log::mark_durable(Index index, Term term) {
  if (matches(index, term)) durable_ = std::max(durable_, index);
}

void Log::mark_restored() {
  durable_ = last_index();
  unsaved_from_ = last_index() + 1;
}

}  // namespace es::raft
