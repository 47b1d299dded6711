#pragma once
// TlsSession: TLS 1.3 between two byte streams, without a socket and without a clock: ciphertext
// goes in by feed(), comes out in output(). Whoever shows a certificate is verified before the
// handshake ends; nothing is read from or written to anybody else.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/model/peer_identity.h"
#include "platform/linux/crypto/certificate.h"
#include "platform/linux/net/tls_context.h"

namespace es::linux_net {

// A peer whose certificate was verified: chain, cluster and form of its subject. The dates are for
// the policy to judge (DESIGN D4).
struct VerifiedPeer {
  PeerIdentity identity;
  crypto::Validity validity;
};

// Says no, with the reason, to a peer that is verified and still unwanted: removed from the
// cluster, or its certificate ended before the cluster's time floor.
using AdmissionPolicy = std::function<Status(const VerifiedPeer&)>;

class TlsSession {
 public:
  enum class Side { kServer, kClient };

  struct Demands {
    std::optional<NodeId> node;               // the peer must be this one
    std::optional<crypto::Digest> authority;  // a newcomer's only trust: the digest in its token
    AdmissionPolicy admit;                    // empty: everybody
  };

  // Errors: kIo.
  static Result<TlsSession> make(std::shared_ptr<const TlsContext> context, Side side,
                                 Demands demands);
  ~TlsSession();
  TlsSession(TlsSession&&) noexcept;
  TlsSession& operator=(TlsSession&&) noexcept;

  // Ciphertext from the peer; must stay valid until the next shake_hands() or read() that asks for
  // more.
  void feed(std::string_view ciphertext);

  // True once it is complete; false: needs more from the peer. Errors, final: kUnauthorized (either
  // side refuses the other), kCorrupt (not TLS 1.3).
  Result<bool> shake_hands();
  bool complete() const;
  // Empty for a peer without a certificate. Pre: complete().
  const std::optional<VerifiedPeer>& peer() const;

  // Bytes put into `to`; 0: needs more from the peer. Errors, final: kUnavailable (the peer said
  // goodbye), kCorrupt. Pre: complete().
  Result<size_t> read(char* to, size_t size);

  // Pre: complete(). Errors, final: kIo.
  Status write(std::string_view plain);
  void say_goodbye();

  // Ciphertext for the peer; whoever sends it clears it. Its size is the caller's to bound.
  std::string& output();

 private:
  struct State;
  explicit TlsSession(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace es::linux_net
