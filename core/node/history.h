#pragma once
// History: which way a manager's tables went, as one number at each of their last indexes.
//
// Raft keeps the copies equal as long as no member votes twice in one term. Two boards with one identity do (a copied SD card, in two
// halves of a cut network): then two leaders of one term write different entries under the same index and term, and nothing in raft can
// tell them apart afterwards. So the leader says where it is and which way it came, and each manager compares.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include "core/state/tables.h"

namespace es::node {

// So far behind the others a manager still compares; what is older was compared when it was new.
constexpr size_t kHistoryLength = 1'024;

class History {
 public:
  enum class Finding : uint8_t { kEqual, kDiffers, kNotYet, kUnknown };

  // The tables changed, or were replaced when `anew`.
  void follow(const state::Tables& tables, bool anew = false);
  // Whether these tables had this history when they were at `index`. kNotYet: they will be; kUnknown: nobody remembers.
  Finding compare(uint64_t index, uint64_t history) const;

 private:
  std::deque<std::pair<uint64_t, uint64_t>> steps_;  // index and history, oldest first
};

}  // namespace es::node
