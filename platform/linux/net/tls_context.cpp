#include "platform/linux/net/tls_context.h"

#include <mbedtls/ssl.h>
#include <sys/auxv.h>

#include <optional>

#include "core/base/assert.h"
#include "platform/linux/crypto/mbedtls_error.h"
#include "platform/linux/crypto/mbedtls_random.h"
#include "platform/linux/crypto/x509.h"

namespace es::linux_net {

namespace {

bool has_aes_instructions() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("aes") != 0;
#elif defined(__aarch64__)
  constexpr unsigned long kHwcapAes = 1 << 3;
  return (getauxval(AT_HWCAP) & kHwcapAes) != 0;
#else
  return false;
#endif
}

// No Raspberry Pi before the 5 has AES instructions: there ChaCha20 is several times faster. The
// client's order decides, so a server without them offers ChaCha20 alone.
const int* cipher_suites(bool server) {
  static const int kFastAes[] = {MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
                                 MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256, 0};
  static const int kSlowAes[] = {MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
                                 MBEDTLS_TLS1_3_AES_128_GCM_SHA256, 0};
  static const int kNoAes[] = {MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256, 0};
  if (has_aes_instructions()) return kFastAes;
  return server ? kNoAes : kSlowAes;
}

}  // namespace

struct TlsContext::State {
  struct Config {
    mbedtls_ssl_config native;

    Config() { mbedtls_ssl_config_init(&native); }
    Config(const Config&) = delete;
    Config& operator=(const Config&) = delete;
    ~Config() { mbedtls_ssl_config_free(&native); }

    Status prepare(int endpoint) {
      const int code = mbedtls_ssl_config_defaults(&native, endpoint, MBEDTLS_SSL_TRANSPORT_STREAM,
                                                   MBEDTLS_SSL_PRESET_DEFAULT);
      if (code != 0) return crypto::mbedtls_failure(Errc::kIo, "TLS cannot be set up", code);
      mbedtls_ssl_conf_min_tls_version(&native, MBEDTLS_SSL_VERSION_TLS1_3);
      mbedtls_ssl_conf_max_tls_version(&native, MBEDTLS_SSL_VERSION_TLS1_3);
      mbedtls_ssl_conf_rng(&native, crypto::mbedtls_random, nullptr);
      mbedtls_ssl_conf_ciphersuites(&native, cipher_suites(endpoint == MBEDTLS_SSL_IS_SERVER));
      // A board that wants to join has no certificate. Every certificate that is shown must be good:
      // TlsSession sees to that.
      mbedtls_ssl_conf_authmode(&native, MBEDTLS_SSL_VERIFY_OPTIONAL);
      return {};
    }
  };

  std::optional<PeerIdentity> self;
  std::optional<crypto::PrivateKey> key;
  crypto::X509 own;  // the node's certificate and its authority's
  crypto::X509 trusted;
  Config server;
  Config client;  // last: what the configurations point to outlives them

  Status use(const crypto::NodeIdentity& identity) {
    self = identity.self();
    key = identity.key().copy();
    ES_ASSERT(own.add_der(identity.certificate().der()) == 0 &&
              own.add_der(identity.issuer().der()) == 0);
    for (const auto& authority : identity.authorities())
      ES_ASSERT(trusted.add_der(authority.der()) == 0);
    for (Config* config : {&server, &client}) {
      mbedtls_ssl_conf_ca_chain(&config->native, &trusted.native, nullptr);
      const int code = mbedtls_ssl_conf_own_cert(&config->native, &own.native, key->native());
      if (code != 0)
        return crypto::mbedtls_failure(Errc::kIo, "TLS cannot use the node's certificate", code);
    }
    return {};
  }
};

TlsContext::TlsContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<const TlsContext>> TlsContext::newcomer() {
  ES_CHECK(crypto::start_psa());
  auto state = std::make_unique<State>();
  ES_CHECK(state->client.prepare(MBEDTLS_SSL_IS_CLIENT));
  return std::shared_ptr<const TlsContext>(new TlsContext(std::move(state)));
}

Result<std::shared_ptr<const TlsContext>> TlsContext::member(const crypto::NodeIdentity& identity) {
  ES_CHECK(crypto::start_psa());
  auto state = std::make_unique<State>();
  ES_CHECK(state->client.prepare(MBEDTLS_SSL_IS_CLIENT));
  ES_CHECK(state->server.prepare(MBEDTLS_SSL_IS_SERVER));
  ES_CHECK(state->use(identity));
  return std::shared_ptr<const TlsContext>(new TlsContext(std::move(state)));
}

const std::optional<PeerIdentity>& TlsContext::self() const { return state_->self; }

const mbedtls_ssl_config* TlsContext::server() const {
  ES_ASSERT(state_->self.has_value());
  return &state_->server.native;
}

const mbedtls_ssl_config* TlsContext::client() const { return &state_->client.native; }

}  // namespace es::linux_net
