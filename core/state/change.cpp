#include "core/state/change.h"

#include "core/wire/codec.h"

namespace es::state {

std::vector<std::vector<Action>> split(std::vector<Action> actions, size_t max_actions,
                                       size_t max_bytes) {
  std::vector<std::vector<Action>> runs;
  size_t run_bytes = 0;
  for (Action& action : actions) {
    const size_t bytes = wire::encode(action).size();
    const bool full =
        runs.empty() || runs.back().size() == max_actions || run_bytes + bytes > max_bytes;
    if (full) {
      runs.emplace_back();
      run_bytes = 0;
    }
    run_bytes += bytes;
    runs.back().push_back(std::move(action));
  }
  return runs;
}

}  // namespace es::state
