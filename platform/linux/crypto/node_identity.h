#pragma once
// NodeIdentity: what a node shows to the others and what it trusts. One file holds all of it, so
// that a certificate is never found beside the key of another one after a pulled plug.

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/peer_identity.h"
#include "platform/linux/crypto/certificate.h"
#include "platform/linux/crypto/private_key.h"

namespace es::crypto {

class NodeIdentity {
 public:
  // `authorities`: one to four, the one that signs today first; the others are those before and
  // after a rotation. Errors: kInvalid, unless key, certificate and one of the authorities belong
  // together. Dates are not looked at.
  static Result<NodeIdentity> make(Certificate certificate, PrivateKey key,
                                   std::vector<Certificate> authorities);

  // Whether there is one, be it sound or not.
  static bool exists(const std::string& directory);
  // `DIRECTORY/node.pem`. Errors: kNotFound for none, kIo, kInvalid.
  static Result<NodeIdentity> load(const std::string& directory);
  // Atomic, mode 0600. Errors: kIo.
  Status save(const std::string& directory) const;
  // Errors: kIo. None there is no error.
  static Status erase(const std::string& directory);

  const PeerIdentity& self() const { return self_; }
  const Certificate& certificate() const { return certificate_; }
  const PrivateKey& key() const { return key_; }
  const std::vector<Certificate>& authorities() const { return authorities_; }
  // The one that signed the certificate; it goes with it, so that a joining node can find it by its
  // digest.
  const Certificate& issuer() const;

  NodeIdentity copy() const;

 private:
  NodeIdentity(PeerIdentity self, Certificate certificate, PrivateKey key,
               std::vector<Certificate> authorities)
      : self_(self),
        certificate_(std::move(certificate)),
        key_(std::move(key)),
        authorities_(std::move(authorities)) {}

  PeerIdentity self_;
  Certificate certificate_;
  PrivateKey key_;
  std::vector<Certificate> authorities_;
};

}  // namespace es::crypto
