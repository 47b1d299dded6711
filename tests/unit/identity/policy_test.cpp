// Certificates' dates, removed nodes.

#include <algorithm>

#include "doctest/doctest.h"

#include "core/identity/certificate_policy.h"
#include "core/identity/removed_nodes.h"

namespace es::identity {

namespace {
constexpr WallTime day(int64_t n) { return WallTime{hours(24 * n).ns}; }
}  // namespace

TEST_CASE("a certificate holds as long as asked, from an hour before") {
  const CertificateDates dates = issue_dates(day(1'000), kDefaultValidity);
  CHECK(dates.not_before == WallTime{day(1'000).ns - hours(1).ns});
  CHECK(dates.not_after == day(1'090));
  CHECK(issue_dates(day(1), Duration{}).not_after == day(1) + kMinValidity);
  CHECK(issue_dates(day(1), Duration{-5}).not_after == day(1) + kMinValidity);
  CHECK(issue_dates(day(20'000), Duration{INT64_MAX}).not_after == day(20'000 + 36'500));
}

TEST_CASE("renewal falls into 50 to 80 % of life, spread over all of it") {
  const CertificateDates dates = issue_dates(day(1'000), kDefaultValidity);
  const int64_t life = (dates.not_after - dates.not_before).ns;
  Prng prng(4);
  int64_t lowest = INT64_MAX;
  int64_t highest = 0;
  for (int i = 0; i < 2'000; ++i) {
    const int64_t percent = (draw_renewal(dates, prng) - dates.not_before).ns / (life / 100);
    lowest = std::min(lowest, percent);
    highest = std::max(highest, percent);
  }
  CHECK(lowest == 50);
  CHECK(highest >= 79);
  CHECK(highest <= 80);
  CHECK(draw_renewal({day(5), day(4)}, prng) == day(5));
}

TEST_CASE("dates are held against the cluster's time, and never lock a member out") {
  const CertificateDates dates{day(1'000), day(1'090)};
  const WallTime renew_at = day(1'060);
  struct Case {
    const char* name;
    WallTime floor;
    CertificateState state;
  };
  for (const Case& c : {
           Case{"a board that thinks it is 1970", WallTime{}, CertificateState::kValid},
           Case{"an old floor", day(900), CertificateState::kValid},
           Case{"fresh", day(1'001), CertificateState::kValid},
           Case{"just before renewal", WallTime{day(1'060).ns - 1}, CertificateState::kValid},
           Case{"time to renew", day(1'060), CertificateState::kRenew},
           Case{"last moment", WallTime{day(1'090).ns - 1}, CertificateState::kRenew},
           Case{"run out", day(1'090), CertificateState::kExpiredRenewable},
           Case{"a year in the drawer", day(1'455), CertificateState::kExpiredRenewable},
       }) {
    CAPTURE(c.name);
    CHECK(check_dates(dates, renew_at, c.floor) == c.state);
  }
  CHECK(check_dates({day(5), day(4)}, day(5), day(4)) == CertificateState::kExpiredRenewable);
}

TEST_CASE("removed nodes are bounded, the longest removed falls off, and nobody is there twice") {
  std::vector<NodeId> removed;
  for (uint64_t i = 1; i <= kMaxRemovedNodes; ++i) add_removed(removed, NodeId{{0, i}});
  add_removed(removed, NodeId{{0, 1}});  // again: now the newest
  CHECK(removed.size() == kMaxRemovedNodes);
  add_removed(removed, NodeId{{1, 1}});
  CHECK(removed.size() == kMaxRemovedNodes);
  CHECK(is_removed(removed, NodeId{{0, 1}}));
  CHECK_FALSE(is_removed(removed, NodeId{{0, 2}}));
  CHECK(is_removed(removed, NodeId{{1, 1}}));
}

}  // namespace es::identity
