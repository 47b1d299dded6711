#include "platform/linux/crypto/certificate.h"

#include <mbedtls/oid.h>
#include <mbedtls/pem.h>

#include <array>
#include <optional>

#include "core/base/assert.h"
#include "platform/linux/crypto/calendar.h"
#include "platform/linux/crypto/mbedtls_error.h"
#include "platform/linux/crypto/x509.h"

namespace es::crypto {

namespace {

constexpr const char* kHeader = "-----BEGIN CERTIFICATE-----\n";
constexpr const char* kFooter = "-----END CERTIFICATE-----\n";
constexpr size_t kPemMaxCertificates = 16;

WallTime wall_time(const mbedtls_x509_time& t) {
  return to_wall_time({t.year, t.mon, t.day, t.hour, t.min, t.sec});
}

// The value of the one attribute of this kind; nothing when it is not there, or there more than
// once.
std::optional<std::string_view> attribute(const mbedtls_x509_name& subject, std::string_view oid) {
  std::optional<std::string_view> value;
  for (const mbedtls_x509_name* name = &subject; name != nullptr; name = name->next) {
    if (std::string_view(reinterpret_cast<const char*>(name->oid.p), name->oid.len) != oid)
      continue;
    if (value) return std::nullopt;
    value.emplace(reinterpret_cast<const char*>(name->val.p), name->val.len);
  }
  return value;
}

std::optional<NodeRole> role_of(std::string_view unit) {
  if (unit == "swarm-worker") return NodeRole::kWorker;
  if (unit == "swarm-manager") return NodeRole::kManager;
  return std::nullopt;
}

}  // namespace

Result<PeerIdentity> identity_of(const mbedtls_x509_crt& certificate) {
  const Error wrong{Errc::kUnauthorized,
                    "the certificate does not name a node, its role and its cluster"};
  const auto cluster_text = attribute(certificate.subject, MBEDTLS_OID_AT_ORGANIZATION);
  const auto unit = attribute(certificate.subject, MBEDTLS_OID_AT_ORG_UNIT);
  const auto node_text = attribute(certificate.subject, MBEDTLS_OID_AT_CN);
  if (!cluster_text || !unit || !node_text) return wrong;
  const auto cluster = ClusterId::parse(*cluster_text);
  const auto node = NodeId::parse(*node_text);
  const auto role = role_of(*unit);
  if (!cluster || !node || !role || node->empty()) return wrong;
  return PeerIdentity{*cluster, *node, *role, validity_of(certificate).not_before};
}

Validity validity_of(const mbedtls_x509_crt& certificate) {
  return {wall_time(certificate.valid_from), wall_time(certificate.valid_to)};
}

Result<Certificate> Certificate::parse_der(std::string_view der) {
  if (der.size() > kMaxBytes) return invalid("a certificate is larger than 8 KiB");
  X509 parsed;
  const int code = parsed.add_der(der);
  if (code != 0) return mbedtls_failure(Errc::kInvalid, "this is not a certificate", code);
  Certificate certificate;
  certificate.der_.assign(reinterpret_cast<const char*>(parsed.native.raw.p),
                          parsed.native.raw.len);
  certificate.validity_ = validity_of(parsed.native);
  certificate.is_authority_ = mbedtls_x509_crt_get_ca_istrue(&parsed.native) == 1;
  return certificate;
}

Result<std::vector<Certificate>> Certificate::parse_pem(std::string_view text) {
  std::vector<Certificate> found;
  std::string rest(text);  // mbedTLS wants the terminating zero
  while (rest.find("-----BEGIN CERTIFICATE-----") != std::string::npos) {
    if (found.size() == kPemMaxCertificates)
      return invalid("more than 16 certificates in one text");
    mbedtls_pem_context block;
    mbedtls_pem_init(&block);
    size_t used = 0;
    const int code = mbedtls_pem_read_buffer(
        &block, "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----",
        reinterpret_cast<const unsigned char*>(rest.c_str()), nullptr, 0, &used);
    if (code != 0) {
      mbedtls_pem_free(&block);
      return mbedtls_failure(Errc::kInvalid, "this is not a certificate", code);
    }
    size_t size = 0;
    const unsigned char* bytes = mbedtls_pem_get_buffer(&block, &size);
    auto certificate = parse_der({reinterpret_cast<const char*>(bytes), size});
    mbedtls_pem_free(&block);
    if (!certificate.ok()) return std::move(certificate).error();
    found.push_back(std::move(certificate).value());
    rest.erase(0, used);
  }
  if (found.empty()) return invalid("no certificate in this text");
  return found;
}

std::string Certificate::to_pem() const {
  std::array<unsigned char, 2 * kMaxBytes> buffer;
  size_t size = 0;
  ES_ASSERT(mbedtls_pem_write_buffer(kHeader, kFooter,
                                     reinterpret_cast<const unsigned char*>(der_.data()),
                                     der_.size(), buffer.data(), buffer.size(), &size) == 0);
  return {reinterpret_cast<const char*>(buffer.data()), size - 1};  // without the terminating zero
}

Result<PeerIdentity> Certificate::identity() const {
  X509 parsed;
  ES_ASSERT(parsed.add_der(der_) == 0);
  return identity_of(parsed.native);
}

bool Certificate::is_signed_by(const Certificate& authority) const {
  X509 self, other;
  ES_ASSERT(self.add_der(der_) == 0 && other.add_der(authority.der_) == 0);
  uint32_t flags = 0;
  constexpr uint32_t kDates = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
  const int code = mbedtls_x509_crt_verify(&self.native, &other.native, nullptr, nullptr, &flags,
                                           nullptr, nullptr);
  const bool verified = code == 0 || code == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
  return verified && (flags & ~kDates) == 0;
}

}  // namespace es::crypto
