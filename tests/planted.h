#pragma once
// How a test program is told which planted bug to have (core/base/planted_bug.h): by the variable
// ES_PLANTED_BUG of its environment. `list` prints all of them.

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "core/base/planted_bug.h"

namespace es {

inline int list_planted_bugs() {
  for (const PlantedBugName& one : kPlantedBugs) {
    std::printf("%.*s\t%.*s\n", static_cast<int>(one.name.size()), one.name.data(),
                static_cast<int>(one.description.size()), one.description.data());
  }
  return 0;
}

// The exit status that the program has to end with at once, or -1: go on. A name that this build
// cannot plant is an error: a test that passes because nothing was planted proves nothing.
inline int plant_from_environment() {
  const char* value = std::getenv("ES_PLANTED_BUG");
  if (value == nullptr || *value == '\0') return -1;
  const std::string_view wanted = value;
  if (wanted == "list") return list_planted_bugs();
#ifdef ES_PLANTED_BUGS
  for (const PlantedBugName& one : kPlantedBugs) {
    if (one.name != wanted) continue;
    planted_bug = one.bug;
    return -1;
  }
  std::fprintf(stderr, "ES_PLANTED_BUG=%s: no bug has this name; ES_PLANTED_BUG=list names all\n",
               value);
#else
  std::fprintf(stderr, "ES_PLANTED_BUG=%s: this build has no planted bugs: use the preset dev\n", value);
#endif
  return 2;
}

}  // namespace es
