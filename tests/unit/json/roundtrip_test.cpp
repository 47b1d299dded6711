// What is written is read back the same, for every struct of the model, with values of every kind in every field.

#include <limits>

#include "core/base/prng.h"
#include "core/model/cluster.h"
#include "core/model/node.h"
#include "core/model/peer_identity.h"
#include "core/model/service.h"
#include "core/model/task.h"
#include "doctest/doctest.h"
#include "services/json/read.h"
#include "services/json/write.h"

namespace es {
namespace {

// Fills anything that a field may hold with values drawn from a seed, empty ones among them.
class Filler {
 public:
  explicit Filler(uint64_t seed) : prng_(seed) {}

  void fill(bool& value) { value = prng_.chance(1, 2); }
  void fill(std::string& value) {
    static constexpr std::array kTexts{"", "a", "näme", "quote\"back\\slash\n\t", "\x01", "null", "\xf0\x9f\x90\x9d"};
    value = kTexts[prng_.below(kTexts.size())];
  }
  void fill(Duration& value) { fill(value.ns); }
  // Before 1970 lies only "unknown"; the calendar ends with 2261.
  void fill(WallTime& value) { value.ns = prng_.chance(1, 4) ? 0 : static_cast<int64_t>(prng_.below(9'200'000'000'000'000'000)); }
  template <class Tag>
  void fill(Id<Tag>& value) { value = prng_.chance(1, 4) ? Id<Tag>{} : Id<Tag>::draw(prng_); }

  template <class T>
  void fill(T& value) requires std::is_integral_v<T> {
    switch (prng_.below(4)) {
      case 0: value = 0; break;
      case 1: value = std::numeric_limits<T>::max(); break;
      case 2: value = std::numeric_limits<T>::min(); break;
      default: value = static_cast<T>(prng_.next()); break;
    }
  }
  template <NamedEnum E>
  void fill(E& value) { value = enum_names(E{})[prng_.below(enum_names(E{}).size())].value; }
  template <class T>
  void fill(std::optional<T>& value) {
    if (prng_.chance(1, 2)) fill(value.emplace());
  }
  template <class T>
  void fill(std::vector<T>& list) {
    list.resize(prng_.below(4));
    for (T& element : list) fill(element);
  }
  template <class T>
  void fill(std::map<std::string, T>& map) {
    for (uint64_t i = prng_.below(4); i > 0; --i) {
      std::string key;
      fill(key);
      fill(map[key]);
    }
  }
  template <HasFields T>
  void fill(T& object) {
    for_each_field(object, [&](const auto&, auto& value) { fill(value); });
  }

 private:
  Prng prng_;
};

template <class T>
void check_round_trip() {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    T written{};
    Filler(seed).fill(written);
    const auto parsed = json::parse(json::print(json::write(written)));
    REQUIRE(parsed.ok());
    T read{};
    const Status status = json::read(*parsed, read);
    CHECK_MESSAGE(status.ok(), (status.ok() ? "" : status.error().message));
    CHECK(read == written);
  }
}

TEST_CASE("every struct of the model survives JSON") {
  check_round_trip<SocketAddress>();
  check_round_trip<ClusterSpec>();
  check_round_trip<JoinSecrets>();
  check_round_trip<RootCa>();
  check_round_trip<Cluster>();
  check_round_trip<Ulimit>();
  check_round_trip<ContainerSpec>();
  check_round_trip<Version>();
  check_round_trip<Meta>();
  check_round_trip<Mount>();
  check_round_trip<NodeSpec>();
  check_round_trip<NodeDescription>();
  check_round_trip<ManagerInfo>();
  check_round_trip<Node>();
  check_round_trip<PeerIdentity>();
  check_round_trip<Platform>();
  check_round_trip<Resources>();
  check_round_trip<ResourceRequirements>();
  check_round_trip<ServiceMode>();
  check_round_trip<UpdateConfig>();
  check_round_trip<UpdateStatus>();
  check_round_trip<ServiceSpec>();
  check_round_trip<Service>();
  check_round_trip<ContainerStatus>();
  check_round_trip<TaskStatus>();
  check_round_trip<Task>();
  check_round_trip<RestartPolicy>();
  check_round_trip<Placement>();
  check_round_trip<NetworkAttachmentConfig>();
  check_round_trip<TaskSpec>();
}

TEST_CASE("what holds its zero value is left out, unless that would read back as something else") {
  CHECK(json::print(json::write(ContainerSpec{})) == "{}");
  CHECK(json::print(json::write(ServiceMode{.replicated = ReplicatedMode{}, .global = {}, .replicated_job = {},
                                            .global_job = {}})) == R"({"Replicated":{}})");
  UpdateConfig all_at_once;
  all_at_once.parallelism = 0;  // the default is 1
  CHECK(json::print(json::write(all_at_once)) == R"({"Parallelism":0})");
}

}  // namespace
}  // namespace es
