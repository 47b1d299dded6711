#pragma once
// PrivateKey: an ECDSA key on P-256, the one kind of key in a cluster.

#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "platform/linux/crypto/secret.h"

struct mbedtls_pk_context;

namespace es::crypto {

class PrivateKey {
 public:
  static PrivateKey generate();
  // PEM (the first key in the text) or DER, SEC1 or PKCS8, not encrypted. Errors: kInvalid, for
  // other curves and kinds too.
  static Result<PrivateKey> parse(std::string_view bytes);

  ~PrivateKey();
  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;

  Secret to_pem() const;  // SEC1, "-----BEGIN EC PRIVATE KEY-----"
  PrivateKey copy() const;

  // A certificate request (PKCS#10, DER) that proves that its sender holds this key. Who the node
  // is stands in the certificate and is the signer's to say, so the request names nobody.
  std::string make_request() const;

  mbedtls_pk_context* native()
      const;  // for this folder and the TLS sessions; lives as long as this

 private:
  struct State;
  explicit PrivateKey(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace es::crypto
