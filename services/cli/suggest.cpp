#include "services/cli/suggest.h"

#include <algorithm>

namespace es::cli {

namespace {

constexpr size_t kMaxCompared = 64;  // of a word that somebody typed

// Insertions, deletions, replacements, and neighbours that changed places, each 1 (optimal string
// alignment).
size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({replaced, cost[i - 1][j] + 1, cost[i][j - 1] + 1});
      const bool are_swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (are_swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view given,
                                   const std::vector<std::string>& candidates) {
  if (given.size() > kMaxCompared) return std::nullopt;
  std::optional<std::string> best;
  size_t best_distance = std::max<size_t>(given.size() / 3, 1) + 1;
  for (const std::string& candidate : candidates) {
    // What was begun and not finished is close, however much is missing: "--replica" and
    // "--constr".
    const bool is_begun = given.size() >= 3 && candidate.starts_with(given);
    const size_t one = is_begun ? std::min<size_t>(1, candidate.size() - given.size())
                                : distance(given, candidate);
    if (one >= best_distance) continue;
    best = candidate;
    best_distance = one;
  }
  return best;
}

}  // namespace es::cli
