#pragma once
// NewcomerCall: one question to a manager and its answer, asked by a board that has nothing but a
// join token. The manager is known by the digest of its cluster's authority; this side shows no
// certificate.

#include <functional>
#include <string>

#include "core/base/result.h"
#include "core/model/address.h"
#include "platform/linux/net/timer.h"
#include "platform/linux/net/tls_transport.h"

namespace es::linux_net {

class NewcomerCall {
 public:
  // Called once, in a later turn of the loop; the call may be destroyed inside it. Errors:
  // kUnauthorized (the manager's authority is not the token's), kUnavailable (nobody answers
  // there), kTimeout, kCorrupt (something else answers there), kLimit (question too large).
  using Done = std::function<void(Result<std::string> answer)>;

  NewcomerCall(Loop& loop, const SocketAddress& manager, const crypto::Digest& authority,
               std::string question, Duration patience, Done done);
  NewcomerCall(const NewcomerCall&) = delete;
  NewcomerCall& operator=(const NewcomerCall&) = delete;

 private:
  void end(Result<std::string> result);

  Loop& loop_;
  SocketAddress manager_;
  Done done_;
  std::optional<Result<std::string>> result_;
  Timer deadline_;
  Timer report_;
  TlsTransport transport_;
};

}  // namespace es::linux_net
