#pragma once
// Certificate: one X.509 certificate as DER, and what a cluster reads in it. Parsing it proves
// nothing: whether it can be trusted is checked against an authority.

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/peer_identity.h"
#include "platform/linux/crypto/sha256.h"

struct mbedtls_x509_crt;

namespace es::crypto {

// Policy decides what they mean: they are never compared with this machine's clock here (DESIGN
// D4).
struct Validity {
  WallTime not_before;
  WallTime not_after;

  bool operator==(const Validity&) const = default;
};

constexpr std::string_view kAuthorityName = "edgeswarm-ca";

class Certificate {
 public:
  static constexpr size_t kMaxBytes = 8 * 1024;

  // Errors: kInvalid.
  static Result<Certificate> parse_der(std::string_view der);
  // All certificates of a PEM text, in their order; other blocks are passed over. Errors: kInvalid,
  // when there is none too.
  static Result<std::vector<Certificate>> parse_pem(std::string_view text);

  const std::string& der() const { return der_; }
  std::string to_pem() const;
  Digest digest() const { return sha256(der_); }  // what a join token carries of the authority
  Validity validity() const { return validity_; }
  bool is_authority() const { return is_authority_; }

  // Errors: kUnauthorized, for a subject that is not exactly CN=<node id>,
  // OU=<swarm-worker|swarm-manager>, O=<cluster id>.
  Result<PeerIdentity> identity() const;

  // True when `authority` signed this. Dates are not looked at.
  bool is_signed_by(const Certificate& authority) const;

  bool operator==(const Certificate& other) const { return der_ == other.der_; }

 private:
  std::string der_;
  Validity validity_;
  bool is_authority_ = false;
};

// The same for a certificate that a TLS session holds.
Result<PeerIdentity> identity_of(const mbedtls_x509_crt& certificate);
Validity validity_of(const mbedtls_x509_crt& certificate);

}  // namespace es::crypto
