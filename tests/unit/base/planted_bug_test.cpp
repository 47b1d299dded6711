#include "core/base/planted_bug.h"

#include <cctype>
#include <set>
#include <string>

#include "doctest/doctest.h"

namespace es {

#ifndef ES_PLANTED_BUGS
static_assert(!ES_PLANTED(suspicion_without_refutation), "an ordinary build has no planted bug");
#endif

TEST_CASE("planted bugs have names of their own, and a sentence each") {
  std::set<std::string_view> names;
  for (const PlantedBugName& one : kPlantedBugs) {
    CHECK(names.insert(one.name).second);
    CHECK(one.description.size() > 10);
    for (const char c : one.name) CHECK((std::islower(c) || std::isdigit(c) || c == '_'));
  }
}

}  // namespace es
