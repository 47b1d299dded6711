#include "platform/linux/crypto/private_key.h"

#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>
#include <mbedtls/x509_csr.h>

#include <array>
#include <cstring>

#include "core/base/assert.h"
#include "platform/linux/crypto/mbedtls_error.h"
#include "platform/linux/crypto/mbedtls_random.h"

namespace es::crypto {

namespace {

constexpr size_t kKeyTextMax = 16 * 1024;

bool is_p256(const mbedtls_pk_context& key) {
  return mbedtls_pk_can_do(&key, MBEDTLS_PK_ECDSA) != 0 &&
         mbedtls_ecp_keypair_get_group_id(mbedtls_pk_ec(key)) == MBEDTLS_ECP_DP_SECP256R1;
}

}  // namespace

struct PrivateKey::State {
  mbedtls_pk_context key;

  State() { mbedtls_pk_init(&key); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { mbedtls_pk_free(&key); }
};

PrivateKey::PrivateKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
PrivateKey::~PrivateKey() = default;
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;

mbedtls_pk_context* PrivateKey::native() const { return &state_->key; }

PrivateKey PrivateKey::generate() {
  auto state = std::make_unique<State>();
  ES_ASSERT(mbedtls_pk_setup(&state->key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)) == 0);
  ES_ASSERT(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(state->key), mbedtls_random,
                                nullptr) == 0);
  return PrivateKey(std::move(state));
}

Result<PrivateKey> PrivateKey::parse(std::string_view bytes) {
  if (bytes.size() > kKeyTextMax) return invalid("a private key is larger than 16 KiB");
  Secret terminated(bytes.size() +
                    1);  // mbedTLS takes PEM with its terminating zero, and DER without
  std::memcpy(terminated.data(), bytes.data(), bytes.size());
  const bool is_pem = bytes.find("-----BEGIN ") != std::string_view::npos;
  auto state = std::make_unique<State>();
  const int code =
      mbedtls_pk_parse_key(&state->key, reinterpret_cast<unsigned char*>(terminated.data()),
                           bytes.size() + (is_pem ? 1 : 0), nullptr, 0, mbedtls_random, nullptr);
  if (code != 0) return mbedtls_failure(Errc::kInvalid, "this is not a private key", code);
  if (!is_p256(state->key)) return invalid("a private key is not on the curve P-256");
  return PrivateKey(std::move(state));
}

Secret PrivateKey::to_pem() const {
  Secret pem(512);
  ES_ASSERT(mbedtls_pk_write_key_pem(&state_->key, reinterpret_cast<unsigned char*>(pem.data()),
                                     pem.size()) == 0);
  pem.truncate(std::strlen(pem.data()));
  return pem;
}

PrivateKey PrivateKey::copy() const {
  const Secret pem = to_pem();
  auto key = parse(pem.view());
  ES_ASSERT(key.ok());
  return std::move(key).value();
}

std::string PrivateKey::make_request() const {
  mbedtls_x509write_csr request;
  mbedtls_x509write_csr_init(&request);
  mbedtls_x509write_csr_set_md_alg(&request, MBEDTLS_MD_SHA256);
  mbedtls_x509write_csr_set_key(&request, &state_->key);
  ES_ASSERT(mbedtls_x509write_csr_set_subject_name(&request, "CN=edgeswarm-node") == 0);
  std::array<unsigned char, 1024> buffer;
  const int size =
      mbedtls_x509write_csr_der(&request, buffer.data(), buffer.size(), mbedtls_random, nullptr);
  mbedtls_x509write_csr_free(&request);
  ES_ASSERT(size > 0);
  // mbedTLS writes at the end of the buffer.
  return {reinterpret_cast<const char*>(buffer.data() + buffer.size()) - size,
          static_cast<size_t>(size)};
}

}  // namespace es::crypto
