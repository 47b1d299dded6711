// TLS 1.3 with certificates on both sides, over two queues in memory, with certificates written here.
#include "doctest/doctest.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <initializer_list>
#include <string>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ecp.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>
#include <mbedtls/x509_csr.h>
#include <psa/crypto.h>

namespace {

#define CHECK_MBEDTLS(call)                            \
  do {                                                 \
    const int result_ = (call);                        \
    char text_[128] = "";                              \
    mbedtls_strerror(result_, text_, sizeof text_);    \
    REQUIRE_MESSAGE(result_ == 0, #call ": ", text_);  \
  } while (false)

struct Random {
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context generator;

  Random() {
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&generator);
    CHECK_MBEDTLS(
        mbedtls_ctr_drbg_seed(&generator, mbedtls_entropy_func, &entropy, nullptr, 0));
  }
  ~Random() {
    mbedtls_ctr_drbg_free(&generator);
    mbedtls_entropy_free(&entropy);
  }
  Random(const Random&) = delete;
  Random& operator=(const Random&) = delete;
};

struct Key {
  mbedtls_pk_context pk;

  explicit Key(Random& random) {
    mbedtls_pk_init(&pk);
    CHECK_MBEDTLS(mbedtls_pk_setup(&pk, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)));
    CHECK_MBEDTLS(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(pk),
                                      mbedtls_ctr_drbg_random, &random.generator));
  }
  ~Key() { mbedtls_pk_free(&pk); }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
};

struct Certificate {
  mbedtls_x509_crt crt;

  Certificate(Random& random, Key& key) {
    mbedtls_x509_crt_init(&crt);
    mbedtls_x509write_cert writer;
    mbedtls_x509write_crt_init(&writer);
    mbedtls_x509write_crt_set_version(&writer, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(&writer, MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_subject_key(&writer, &key.pk);
    mbedtls_x509write_crt_set_issuer_key(&writer, &key.pk);
    CHECK_MBEDTLS(mbedtls_x509write_crt_set_subject_name(&writer, "O=swarm-manager,CN=board"));
    CHECK_MBEDTLS(mbedtls_x509write_crt_set_issuer_name(&writer, "O=swarm-manager,CN=board"));
    unsigned char serial[] = {1};
    CHECK_MBEDTLS(mbedtls_x509write_crt_set_serial_raw(&writer, serial, sizeof serial));
    CHECK_MBEDTLS(
        mbedtls_x509write_crt_set_validity(&writer, "20200101000000", "20991231235959"));
    CHECK_MBEDTLS(mbedtls_x509write_crt_set_basic_constraints(&writer, 1, -1));
    unsigned char der[1024]; // written to the end of the buffer
    const int length = mbedtls_x509write_crt_der(&writer, der, sizeof der,
                                                 mbedtls_ctr_drbg_random, &random.generator);
    mbedtls_x509write_crt_free(&writer);
    REQUIRE(length > 0);
    CHECK_MBEDTLS(mbedtls_x509_crt_parse_der(&crt, der + sizeof der - length,
                                             static_cast<size_t>(length)));
  }
  ~Certificate() { mbedtls_x509_crt_free(&crt); }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;
};

using Wire = std::deque<unsigned char>;

struct Peer {
  mbedtls_ssl_config config;
  mbedtls_ssl_context ssl;
  Wire* out = nullptr;
  Wire* in = nullptr;

  Peer(int endpoint, Random& random, Certificate& certificate, Key& key) {
    mbedtls_ssl_config_init(&config);
    mbedtls_ssl_init(&ssl);
    CHECK_MBEDTLS(mbedtls_ssl_config_defaults(&config, endpoint, MBEDTLS_SSL_TRANSPORT_STREAM,
                                              MBEDTLS_SSL_PRESET_DEFAULT));
    mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random.generator);
    mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(&config, &certificate.crt, nullptr);
    CHECK_MBEDTLS(mbedtls_ssl_conf_own_cert(&config, &certificate.crt, &key.pk));
    CHECK_MBEDTLS(mbedtls_ssl_setup(&ssl, &config));
    CHECK_MBEDTLS(mbedtls_ssl_set_hostname(&ssl, endpoint == MBEDTLS_SSL_IS_CLIENT ? "board"
                                                                                   : nullptr));
    mbedtls_ssl_set_bio(&ssl, this, send, receive, nullptr);
  }
  ~Peer() {
    mbedtls_ssl_free(&ssl);
    mbedtls_ssl_config_free(&config);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  static int send(void* self, const unsigned char* bytes, size_t size) {
    Wire& wire = *static_cast<Peer*>(self)->out;
    wire.insert(wire.end(), bytes, bytes + size);
    return static_cast<int>(size);
  }

  static int receive(void* self, unsigned char* bytes, size_t size) {
    Wire& wire = *static_cast<Peer*>(self)->in;
    if (wire.empty()) return MBEDTLS_ERR_SSL_WANT_READ;
    const size_t count = std::min(size, wire.size());
    const auto end = wire.begin() + static_cast<std::ptrdiff_t>(count);
    std::copy(wire.begin(), end, bytes);
    wire.erase(wire.begin(), end);
    return static_cast<int>(count);
  }
};

} // namespace

TEST_CASE("mbedTLS: mutual TLS 1.3 with certificates written here") {
  REQUIRE(psa_crypto_init() == PSA_SUCCESS);
  Random random;
  Key key(random);
  Certificate certificate(random, key);
  Wire to_server, to_client;
  Peer client(MBEDTLS_SSL_IS_CLIENT, random, certificate, key);
  Peer server(MBEDTLS_SSL_IS_SERVER, random, certificate, key);
  client.out = server.in = &to_server;
  server.out = client.in = &to_client;
  const auto done = [](Peer& peer) { return mbedtls_ssl_is_handshake_over(&peer.ssl) != 0; };
  for (int round = 0; round < 20 && !(done(client) && done(server)); ++round) {
    for (Peer* peer : {&client, &server}) {
      if (done(*peer)) continue;
      const int result = mbedtls_ssl_handshake(&peer->ssl);
      if (result != MBEDTLS_ERR_SSL_WANT_READ) CHECK_MBEDTLS(result);
    }
  }
  REQUIRE(done(client));
  REQUIRE(done(server));
  CHECK(std::string(mbedtls_ssl_get_version(&client.ssl)) == "TLSv1.3");
  CHECK(mbedtls_ssl_get_peer_cert(&server.ssl) != nullptr);

  const unsigned char text[] = "hello";
  unsigned char received[sizeof text] = {};
  REQUIRE(mbedtls_ssl_write(&client.ssl, text, sizeof text) == int{sizeof text});
  REQUIRE(mbedtls_ssl_read(&server.ssl, received, sizeof received) == int{sizeof text});
  CHECK(std::memcmp(text, received, sizeof text) == 0);
}

TEST_CASE("mbedTLS: a certificate request is written and read back") {
  REQUIRE(psa_crypto_init() == PSA_SUCCESS);
  Random random;
  Key key(random);
  mbedtls_x509write_csr writer;
  mbedtls_x509write_csr_init(&writer);
  mbedtls_x509write_csr_set_md_alg(&writer, MBEDTLS_MD_SHA256);
  mbedtls_x509write_csr_set_key(&writer, &key.pk);
  CHECK_MBEDTLS(mbedtls_x509write_csr_set_subject_name(&writer, "CN=node"));
  unsigned char pem[1024];
  CHECK_MBEDTLS(mbedtls_x509write_csr_pem(&writer, pem, sizeof pem, mbedtls_ctr_drbg_random,
                                          &random.generator));
  mbedtls_x509write_csr_free(&writer);
  mbedtls_x509_csr request;
  mbedtls_x509_csr_init(&request);
  CHECK_MBEDTLS(
      mbedtls_x509_csr_parse(&request, pem, std::strlen(reinterpret_cast<char*>(pem)) + 1));
  char name[64];
  mbedtls_x509_dn_gets(name, sizeof name, &request.subject);
  CHECK(std::string(name) == "CN=node");
  mbedtls_x509_csr_free(&request);
}
