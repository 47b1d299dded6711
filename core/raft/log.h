#pragma once
// Log: the entries since the last compaction, in memory, and how far the disk has followed.
//
//     base        unsaved        last
//      |-- saved -----|-- not yet --|
//      |- durable -|                      base <= durable < unsaved_from <= last + 1
//
// Of indexes up to `base` only base's term is still known; the snapshot covers them. It may cover
// some after `base` too: those trail for peers that are behind, in memory only.

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "core/raft/types.h"

namespace es::raft {

class Log {
 public:
  // Post: empty; what comes next has index base_index + 1.
  Log(Index base_index, Term base_term);

  Index base_index() const { return base_index_; }
  Term base_term() const { return base_term_; }
  Index last_index() const { return base_index_ + entries_.size(); }
  Term last_term() const { return entries_.empty() ? base_term_ : entries_.back().term; }
  Index durable_index() const { return durable_; }
  size_t count() const { return entries_.size(); }
  size_t bytes() const { return bytes_; }

  // Nothing for an index that is compacted away or not there yet.
  std::optional<Term> term(Index index) const;
  bool matches(Index index, Term term) const { return this->term(index) == term; }
  // Pre: base_index < index <= last_index. The reference lives until the next change.
  const Entry& at(Index index) const;
  // Copies of from..to while they fit max_bytes; at least one if there is one.
  std::vector<Entry> slice(Index from, Index to, size_t max_bytes) const;

  // Raft §5.4.1: whether a log that ends in (index, term) is at least as up to date as this one.
  bool up_to_date(Index index, Term term) const;
  // The largest index up to `upto` whose term is at most `term`: where two logs may still agree.
  // What lies below the base is not known any more and may agree.
  Index agree_at_most(Index upto, Term term) const;

  // Pre: entry.index == last_index + 1.
  void append(Entry entry);
  // Drops `from` and everything after it. Pre: from > base_index.
  void truncate(Index from);
  // A snapshot covers everything up to `index`. Drops everything up to `base`, which becomes the
  // base. Pre: base_index <= base <= index <= last_index.
  void compact(Index index, Index base);
  void compact(Index index) { compact(index, index); }
  // Forgets everything: a snapshot takes its place.
  void reset(Index base_index, Term base_term);

  // What the disk does not have yet.
  struct Unsaved {
    Index truncate_from = 0;  // first drop this and all after it; 0: nothing to drop
    std::vector<Entry> entries;
    bool empty() const { return truncate_from == 0 && entries.empty(); }
  };
  bool has_unsaved() const { return truncate_saved_from_ != 0 || unsaved_from_ <= last_index(); }
  Unsaved take_unsaved();
  // The disk reached (index, term). Without effect if that entry was truncated meanwhile.
  void mark_durable(Index index, Term term);
  // The entries so far came from the disk.
  void mark_restored();
  // The disk holds more than this log does (entries that rot made unreadable): drop them with the
  // next write.
  void drop_saved_tail() { truncate_saved_from_ = last_index() + 1; }

 private:
  Index base_index_;
  Term base_term_;
  std::deque<Entry> entries_;
  size_t bytes_ = 0;
  Index durable_;
  Index unsaved_from_;
  Index truncate_saved_from_ = 0;
};

}  // namespace es::raft
