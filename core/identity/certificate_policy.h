#pragma once
// How long certificates of nodes hold, and what their dates mean. No wall clock is asked (DESIGN
// D4): dates are set from and checked against the cluster's time floor, the highest time that a
// leader has stamped and this node has stored. A floor never runs ahead, so a board that believes
// it is 1970 joins, and one that lay in a drawer for a year renews instead of being lost.

#include <cstdint>

#include "core/base/prng.h"
#include "core/base/time.h"

namespace es::identity {

constexpr Duration kDefaultValidity = hours(90 * 24);
constexpr Duration kMinValidity = hours(1);
constexpr Duration kBackdating = hours(1);  // for whoever does look at a clock, a little behind

struct CertificateDates {
  WallTime not_before;
  WallTime not_after;

  bool operator==(const CertificateDates&) const = default;
};

// Of a certificate issued at `now` as the leader sees it. A validity below kMinValidity becomes
// kMinValidity, one above kLongestDuration, which an earlier version accepted, that.
CertificateDates issue_dates(WallTime now, Duration validity);

// When to ask for the next certificate: somewhere in 50–80 % of its life, as in Swarm, so that
// nodes that joined together do not renew together.
WallTime draw_renewal(const CertificateDates& dates, Prng& prng);

enum class CertificateState : uint8_t {
  kValid,
  kRenew,             // valid, and its owner should ask for the next one
  kExpiredRenewable,  // good for one thing: to ask for the next one
};

// Dates alone never lock a member out: chain, role and membership do. A certificate from the future
// only shows that this node's floor is old.
CertificateState check_dates(const CertificateDates& dates, WallTime renew_at, WallTime time_floor);

}  // namespace es::identity
