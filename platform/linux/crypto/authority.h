#pragma once
// Authority: the cluster's certificate authority. It says who a node is; a request only proves
// possession of a key.

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/peer_identity.h"
#include "platform/linux/crypto/certificate.h"
#include "platform/linux/crypto/private_key.h"

namespace es::crypto {

class Authority {
 public:
  // Self-signed, CN=edgeswarm-ca, valid for 20 years from an hour before `now`. A board that thinks
  // it is 1970 may do this: the dates of an authority are never a reason to refuse it.
  static Authority create(WallTime now);

  // Errors: kInvalid, for a certificate that is none of an authority or does not belong to the key.
  static Result<Authority> load(Certificate certificate, PrivateKey key);

  const Certificate& certificate() const { return certificate_; }
  const PrivateKey& key() const { return key_; }

  // The certificate of the node that sent `request_der`. Its subject in the request is not looked
  // at. Errors: kInvalid, for what is no request, has another kind of key, or is not signed with
  // that key.
  Result<Certificate> sign(std::string_view request_der, const PeerIdentity& identity,
                           Validity validity) const;

 private:
  Authority(Certificate certificate, PrivateKey key)
      : certificate_(std::move(certificate)), key_(std::move(key)) {}

  Certificate certificate_;
  PrivateKey key_;
};

// True when the certificate was made for this key.
bool belongs_to(const Certificate& certificate, const PrivateKey& key);

}  // namespace es::crypto
