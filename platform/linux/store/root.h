#pragma once
// Root: the one record that says what all other records must be. It is sealed and rewritten in
// every transaction, so a row that is missing, old, swapped or too many disagrees with it and is
// found when the store is loaded: the log is a chain of tags from `base_link` to `last_link`, the
// facts are counted and their tags summed up, a snapshot is known by its last tag.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "core/base/fields.h"
#include "core/base/id.h"
#include "core/base/result.h"
#include "platform/linux/crypto/aead.h"

namespace es::store {

constexpr uint64_t kFormatVersion = 1;

// The authentication tag, which ends every sealed record. Records name each other by it, and so
// form chains.
std::string_view link_of(std::string_view sealed);

// Sum of tags modulo 2^128: which records there are, in whatever order.
class LinkSum {
 public:
  void add(std::string_view link);
  void subtract(std::string_view link);
  bool operator==(const LinkSum&) const = default;

  static constexpr auto fields() {
    return std::tuple{field(1, "High", &LinkSum::high_), field(2, "Low", &LinkSum::low_)};
  }

 private:
  uint64_t high_ = 0;
  uint64_t low_ = 0;
};

struct SnapshotRef {
  uint64_t slot = 0;  // 0: none; else the file snapshot-<slot>
  uint64_t index = 0;
  uint64_t term = 0;
  uint64_t plain_bytes = 0;
  std::string last_link;

  static constexpr auto fields() {
    return std::tuple{field(1, "Slot", &SnapshotRef::slot), field(2, "Index", &SnapshotRef::index),
                      field(3, "Term", &SnapshotRef::term),
                      field(4, "PlainBytes", &SnapshotRef::plain_bytes),
                      field(5, "LastLink", &SnapshotRef::last_link)};
  }
  bool operator==(const SnapshotRef&) const = default;
};

struct Root {
  uint64_t format = 0;  // set by seal_root()
  uint64_t transactions = 0;
  uint64_t term = 0;
  uint64_t vote = 0;
  uint64_t first_index =
      1;  // the log holds first_index..last_index; empty when last_index + 1 == first_index
  uint64_t last_index = 0;
  std::string base_link;  // tag of entry first_index - 1
  std::string last_link;  // tag of entry last_index
  SnapshotRef snapshot;
  uint64_t fact_count = 0;
  LinkSum fact_sum;
  // Of the last log entry that was written before rot took some; 0: the log is whole, or its owner
  // has recorded the loss with its hard state.
  uint64_t lost_index = 0;
  uint64_t lost_term = 0;  // of that entry, or a later one; 0: not known
  uint64_t last_term = 0;  // of entry last_index, or of one after it that was truncated; 0: an older version wrote that entry

  static constexpr auto fields() {
    return std::tuple{field(1, "Format", &Root::format),
                      field(2, "Transactions", &Root::transactions),
                      field(3, "Term", &Root::term),
                      field(4, "Vote", &Root::vote),
                      field(5, "FirstIndex", &Root::first_index),
                      field(6, "LastIndex", &Root::last_index),
                      field(7, "BaseLink", &Root::base_link),
                      field(8, "LastLink", &Root::last_link),
                      field(9, "Snapshot", &Root::snapshot),
                      field(10, "FactCount", &Root::fact_count),
                      field(11, "FactSum", &Root::fact_sum),
                      field(12, "LostIndex", &Root::lost_index),
                      field(13, "LostTerm", &Root::lost_term),
                      field(14, "LastTerm", &Root::last_term)};
  }
};

// The root's page, which is the same in every database as its table is made first; and the number
// of its transaction as it stands there in the clear, for those who look at pages without SQLite
// (wal_audit.h).
constexpr uint32_t kRootPage = 2;
std::string mark(uint64_t transaction);
// Nothing when there is none. A page may still hold older marks in its unused bytes.
std::optional<uint64_t> newest_mark(std::string_view page);

std::string seal_root(const crypto::Aead& aead, Root root);
// Errors: kCorrupt; kUnsupported, when a newer version wrote it.
Result<Root> open_root(const crypto::Aead& aead, std::string_view sealed);

}  // namespace es::store
