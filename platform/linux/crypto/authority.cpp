#include "platform/linux/crypto/authority.h"

#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/oid.h>
#include <mbedtls/pk.h>
#include <mbedtls/x509_csr.h>

#include <array>

#include "core/base/assert.h"
#include "platform/linux/crypto/calendar.h"
#include "platform/linux/crypto/mbedtls_error.h"
#include "platform/linux/crypto/mbedtls_random.h"
#include "platform/linux/crypto/x509.h"

namespace es::crypto {

namespace {

constexpr int64_t kAuthorityYears = 20;
constexpr Duration kYear = hours(24 * 365);
constexpr size_t kRequestMaxBytes = 4 * 1024;

struct Request {
  mbedtls_x509_csr native;

  Request() { mbedtls_x509_csr_init(&native); }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;
  ~Request() { mbedtls_x509_csr_free(&native); }
};

struct Draft {
  mbedtls_x509write_cert native;

  Draft() { mbedtls_x509write_crt_init(&native); }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() { mbedtls_x509write_crt_free(&native); }
};

struct Usage {
  bool authority = false;
};

// RFC 5280 §4.1.2.2: a positive serial number of at most 20 octets; random, so that no counter must
// be kept.
void set_serial(mbedtls_x509write_cert& draft) {
  std::array<unsigned char, 16> serial;
  fill_random(serial.data(), serial.size());
  serial[0] = static_cast<unsigned char>((serial[0] & 0x7f) | 0x40);
  ES_ASSERT(mbedtls_x509write_crt_set_serial_raw(&draft, serial.data(), serial.size()) == 0);
}

void set_extended_usage(mbedtls_x509write_cert& draft) {
  mbedtls_asn1_sequence client{}, server{};
  client.buf.tag = MBEDTLS_ASN1_OID;
  client.buf.p = reinterpret_cast<unsigned char*>(const_cast<char*>(MBEDTLS_OID_CLIENT_AUTH));
  client.buf.len = MBEDTLS_OID_SIZE(MBEDTLS_OID_CLIENT_AUTH);
  server.buf.tag = MBEDTLS_ASN1_OID;
  server.buf.p = reinterpret_cast<unsigned char*>(const_cast<char*>(MBEDTLS_OID_SERVER_AUTH));
  server.buf.len = MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH);
  server.next = &client;
  ES_ASSERT(mbedtls_x509write_crt_set_ext_key_usage(&draft, &server) == 0);
}

// Completes the draft, whose subject and keys are set, and signs it.
Certificate finish(Draft& draft, Validity validity, Usage usage) {
  mbedtls_x509write_cert& native = draft.native;
  mbedtls_x509write_crt_set_version(&native, MBEDTLS_X509_CRT_VERSION_3);
  mbedtls_x509write_crt_set_md_alg(&native, MBEDTLS_MD_SHA256);
  set_serial(native);
  ES_ASSERT(mbedtls_x509write_crt_set_issuer_name(
                &native, ("CN=" + std::string(kAuthorityName)).c_str()) == 0);
  ES_ASSERT(mbedtls_x509write_crt_set_validity(&native, to_digits(validity.not_before).c_str(),
                                               to_digits(validity.not_after).c_str()) == 0);
  // An authority signs nodes only, never another authority (path length 0).
  ES_ASSERT(mbedtls_x509write_crt_set_basic_constraints(&native, usage.authority ? 1 : 0,
                                                        usage.authority ? 0 : -1) == 0);
  const unsigned bits =
      usage.authority ? MBEDTLS_X509_KU_KEY_CERT_SIGN : MBEDTLS_X509_KU_DIGITAL_SIGNATURE;
  ES_ASSERT(mbedtls_x509write_crt_set_key_usage(&native, bits) == 0);
  if (!usage.authority) set_extended_usage(native);
  std::array<unsigned char, 2048> buffer;
  const int size =
      mbedtls_x509write_crt_der(&native, buffer.data(), buffer.size(), mbedtls_random, nullptr);
  ES_ASSERT(size > 0);
  auto certificate =
      Certificate::parse_der({reinterpret_cast<const char*>(buffer.data() + buffer.size()) - size,
                              static_cast<size_t>(size)});
  ES_ASSERT(certificate.ok());
  return std::move(certificate).value();
}

std::string subject_of(const PeerIdentity& identity) {
  const char* unit = identity.role == NodeRole::kManager ? "swarm-manager" : "swarm-worker";
  return "O=" + base36_encode(identity.cluster.bits, kIdLength) + ",OU=" + unit +
         ",CN=" + identity.node.to_string();
}

// PKCS#10 (RFC 2986 §3): the signature over the request proves possession of the key. mbedTLS
// parses it and does not check it.
bool proves_possession(mbedtls_x509_csr& request) {
  std::array<unsigned char, MBEDTLS_MD_MAX_SIZE> hash;
  const mbedtls_md_type_t kind = request.MBEDTLS_PRIVATE(sig_md);
  const mbedtls_md_info_t* info = mbedtls_md_info_from_type(kind);
  if (info == nullptr || mbedtls_md(info, request.cri.p, request.cri.len, hash.data()) != 0)
    return false;
  return mbedtls_pk_verify(&request.pk, kind, hash.data(), mbedtls_md_get_size(info),
                           request.MBEDTLS_PRIVATE(sig).p, request.MBEDTLS_PRIVATE(sig).len) == 0;
}

}  // namespace

Authority Authority::create(WallTime now) {
  PrivateKey key = PrivateKey::generate();
  Draft draft;
  mbedtls_x509write_crt_set_subject_key(&draft.native, key.native());
  mbedtls_x509write_crt_set_issuer_key(&draft.native, key.native());
  ES_ASSERT(mbedtls_x509write_crt_set_subject_name(
                &draft.native, ("CN=" + std::string(kAuthorityName)).c_str()) == 0);
  const Validity validity{now + hours(-1), now + kYear * kAuthorityYears};
  Certificate certificate = finish(draft, validity, {.authority = true});
  return Authority(std::move(certificate), std::move(key));
}

Result<Authority> Authority::load(Certificate certificate, PrivateKey key) {
  if (!certificate.is_authority()) return invalid("this certificate is not one of an authority");
  if (!belongs_to(certificate, key))
    return invalid("the authority's key does not belong to its certificate");
  return Authority(std::move(certificate), std::move(key));
}

Result<Certificate> Authority::sign(std::string_view request_der, const PeerIdentity& identity,
                                    Validity validity) const {
  ES_ASSERT(!identity.node.empty());
  if (request_der.size() > kRequestMaxBytes)
    return invalid("a certificate request is larger than 4 KiB");
  if (validity.not_after <= validity.not_before)
    return invalid("a certificate cannot end before it begins");
  Request request;
  const int code = mbedtls_x509_csr_parse_der(
      &request.native, reinterpret_cast<const unsigned char*>(request_der.data()),
      request_der.size());
  if (code != 0) return mbedtls_failure(Errc::kInvalid, "this is not a certificate request", code);
  if (mbedtls_pk_get_type(&request.native.pk) != MBEDTLS_PK_ECKEY ||
      mbedtls_ecp_keypair_get_group_id(mbedtls_pk_ec(request.native.pk)) !=
          MBEDTLS_ECP_DP_SECP256R1) {
    return invalid("a certificate request has a key that is not on the curve P-256");
  }
  if (!proves_possession(request.native))
    return invalid("a certificate request is not signed with its own key");

  Draft draft;
  mbedtls_x509write_crt_set_subject_key(&draft.native, &request.native.pk);
  mbedtls_x509write_crt_set_issuer_key(&draft.native, key_.native());
  ES_ASSERT(mbedtls_x509write_crt_set_subject_name(&draft.native, subject_of(identity).c_str()) ==
            0);
  return finish(draft, validity, {.authority = false});
}

bool belongs_to(const Certificate& certificate, const PrivateKey& key) {
  X509 parsed;
  ES_ASSERT(parsed.add_der(certificate.der()) == 0);
  return mbedtls_pk_check_pair(&parsed.native.pk, key.native(), mbedtls_random, nullptr) == 0;
}

}  // namespace es::crypto
