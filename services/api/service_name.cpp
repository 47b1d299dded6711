#include "services/api/service_name.h"

#include <array>
#include <string_view>

namespace es::api {

namespace {

// Sixty-four of each: a random byte chooses without bias.
constexpr std::array<std::string_view, 64> kFirst{
    "agile", "amber", "ample", "azure", "bold", "brave", "breezy", "bright", "brisk", "calm", "candid", "cheery", "clear",
    "clever", "coral", "cosy", "crisp", "curious", "daring", "deft", "eager", "early", "earnest", "fair", "fleet", "fond",
    "frank", "fresh", "gentle", "glad", "golden", "grand", "happy", "hardy", "honest", "humble", "jolly", "keen", "kind",
    "lively", "loyal", "lucid", "mellow", "merry", "mild", "neat", "nimble", "noble", "patient", "plucky", "polite", "proud",
    "quiet", "ready", "serene", "sharp", "silver", "steady", "sunny", "swift", "tidy", "vivid", "warm", "witty"};
constexpr std::array<std::string_view, 64> kSecond{
    "alder", "aspen", "badger", "beaver", "birch", "bison", "bramble", "brook", "cedar", "clover", "crane", "cricket",
    "curlew", "daisy", "dolphin", "dunlin", "eagle", "elder", "falcon", "fern", "finch", "fjord", "fox", "gannet", "gecko",
    "glacier", "harbor", "hare", "hazel", "heron", "ibex", "iris", "island", "jackdaw", "juniper", "kestrel", "lagoon",
    "larch", "lark", "linnet", "lynx", "maple", "marten", "meadow", "moor", "newt", "oak", "orca", "osprey", "otter", "pine",
    "plover", "puffin", "raven", "reed", "river", "robin", "rowan", "seal", "sparrow", "swift", "thistle", "willow", "wren"};

}  // namespace

std::string make_service_name(ClusterControl& control) {
  const std::string bytes = control.random_bytes(2);
  const auto index = [&](size_t i) { return static_cast<uint8_t>(bytes.at(i)) % 64; };
  const std::string base = std::string(kFirst[index(0)]) + "_" + std::string(kSecond[index(1)]);
  std::string name = base;
  for (int number = 2; control.tables()->service_by_name(name); ++number) name = base + std::to_string(number);
  return name;
}

}  // namespace es::api
