#pragma once
// TlsContext: how this node presents itself and whom it trusts, in the form that TLS sessions use.
// It never changes; a new identity makes a new context, and sessions that are open keep the one
// they began with.

#include <memory>

#include "core/base/result.h"
#include "core/model/peer_identity.h"
#include "platform/linux/crypto/node_identity.h"

struct mbedtls_ssl_config;

namespace es::linux_net {

class TlsContext {
 public:
  // For a member. Errors: kIo.
  static Result<std::shared_ptr<const TlsContext>> member(const crypto::NodeIdentity& identity);
  // For a board that is about to join: it can dial only, shows no certificate and trusts no
  // authority but the one that a session pins. Errors: kIo.
  static Result<std::shared_ptr<const TlsContext>> newcomer();

  ~TlsContext();

  // Nothing for a newcomer.
  const std::optional<PeerIdentity>& self() const;

  const mbedtls_ssl_config* server() const;  // Pre: self()
  const mbedtls_ssl_config* client() const;

 private:
  struct State;
  explicit TlsContext(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace es::linux_net
