#include "core/identity/join_gate.h"

#include <algorithm>
#include <optional>

#include "core/identity/constant_time.h"
#include "core/identity/join_token.h"
#include "core/identity/node_words.h"
#include "core/identity/packed_address.h"

namespace es::identity {

namespace {

// One board is one IPv4 address, but it has 2^64 IPv6 addresses to choose from: those count by
// their network (RFC 4291 §2.5.4). A socket that listens to both families shows IPv4 peers as
// ::ffff:a.b.c.d.
std::string key_of(const std::string& remote_ip) {
  constexpr std::string_view kMapped = "::ffff:";
  std::string ip = remote_ip;
  if (ip.starts_with(kMapped) && is_numeric_ip(ip.substr(kMapped.size())))
    ip = ip.substr(kMapped.size());
  const auto packed = pack_address({ip, kControlPort});
  return packed ? packed->substr(0, 8) : std::string();
}

bool matches(const std::string& guess, const std::string& secret) {
  return secret.size() == kSecretBytes && constant_time_equal(guess, secret);
}

// Both are always compared. Should they ever be equal, the lesser role is given.
std::optional<NodeRole> role_of(const std::string& guess, const JoinSecrets& secrets) {
  const bool worker = matches(guess, secrets.worker);
  const bool manager = matches(guess, secrets.manager);
  if (worker) return NodeRole::kWorker;
  if (manager) return NodeRole::kManager;
  return std::nullopt;
}

Status check_request(const wire::JoinRequest& request) {
  if (request.signing_request.empty())
    return invalid("the join request brings no certificate request");
  if (request.signing_request.size() > JoinGate::kMaxSigningRequestBytes) {
    return invalid("the certificate request is larger than " +
                   std::to_string(JoinGate::kMaxSigningRequestBytes) + " bytes");
  }
  ES_CHECK(check_description(request.description));
  if (request.availability > NodeAvailability::kDrain) return invalid("unknown availability");
  return request.address.ip.empty() ? Status() : check_address(request.address);
}

}  // namespace

Result<NodeRole> JoinGate::decide(Instant now, const wire::JoinRequest& request,
                                  const JoinSecrets& secrets) {
  const std::string key = key_of(request.remote_ip);
  const auto known = attempts_.find(key);
  if (known != attempts_.end() && known->second.wrong >= kWrongTries && now < known->second.until) {
    return Error{Errc::kLimit, "too many wrong tokens from this address; try again in a minute"};
  }
  const std::optional<NodeRole> role = role_of(request.secret, secrets);
  if (!role) {
    note_wrong(now, key);
    return Error{Errc::kUnauthorized,
                 "the cluster does not accept this token; it may have been rotated: print the "
                 "current one with "
                 "`edgeswarm join-token` on a manager"};
  }
  ES_CHECK(check_request(request));
  return *role;
}

void JoinGate::note_wrong(Instant now, const std::string& key) {
  std::erase_if(attempts_, [&](const auto& entry) { return entry.second.until <= now; });
  if (attempts_.size() == kMaxAddresses && !attempts_.contains(key)) {
    attempts_.erase(std::min_element(
        attempts_.begin(), attempts_.end(),
        [](const auto& a, const auto& b) { return a.second.until < b.second.until; }));
  }
  Attempts& attempts = attempts_[key];
  ++attempts.wrong;
  attempts.until = now + kWindow;
}

}  // namespace es::identity
