#include "core/identity/certificate_policy.h"

#include <algorithm>

#include "core/model/longest_duration.h"

namespace es::identity {

CertificateDates issue_dates(WallTime now, Duration validity) {
  return {now + (Duration{} - kBackdating), now + std::clamp(validity, kMinValidity, kLongestDuration)};
}

WallTime draw_renewal(const CertificateDates& dates, Prng& prng) {
  const Duration life = dates.not_after - dates.not_before;
  if (life <= Duration{}) return dates.not_before;
  const auto percent_of_life = static_cast<int64_t>(5'000 + prng.below(3'001));  // hundredths
  return dates.not_before + life / 10'000 * percent_of_life;
}

CertificateState check_dates(const CertificateDates& dates, WallTime renew_at,
                             WallTime time_floor) {
  if (time_floor >= dates.not_after) return CertificateState::kExpiredRenewable;
  return time_floor >= renew_at ? CertificateState::kRenew : CertificateState::kValid;
}

}  // namespace es::identity
