#pragma once
// JoinGate: whether a board without a certificate gets in, and as what. The leader owns one; it
// lives as long as its term, so an attacker gains a few tries from an election and nothing more.

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/cluster.h"
#include "core/model/node.h"
#include "core/wire/join.h"

namespace es::identity {

class JoinGate {
 public:
  static constexpr int kWrongTries = 5;  // of one address, …
  static constexpr Duration kWindow =
      minutes(1);  // … each within so long of the one before: then it is refused for as long
  static constexpr size_t kMaxAddresses = 1'024;  // the one that tried longest ago is forgotten
  static constexpr size_t kMaxSigningRequestBytes = 4'096;

  // The role that the secret gives. The answer to a wrong secret is one and the same: it does not
  // tell whether a worker's or a manager's was nearly right, or that it has a wrong size. Errors:
  // kUnauthorized; kLimit while the address is refused, whatever it says; kInvalid, after the right
  // secret only, for a request that cannot be fulfilled.
  Result<NodeRole> decide(Instant now, const wire::JoinRequest& request,
                          const JoinSecrets& secrets);

  size_t addresses() const { return attempts_.size(); }

 private:
  struct Attempts {
    int wrong = 0;
    Instant until;  // then all is forgiven
  };

  void note_wrong(Instant now, const std::string& key);

  std::map<std::string, Attempts> attempts_;
};

}  // namespace es::identity
