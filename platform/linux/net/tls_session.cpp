#include "platform/linux/net/tls_session.h"

#include <mbedtls/ssl.h>

#include <algorithm>

#include "core/base/assert.h"
#include "platform/linux/crypto/mbedtls_error.h"
#include "platform/linux/crypto/sha256.h"

namespace es::linux_net {

namespace {

// RFC 8446 §6.2, those that a node can cause or meet.
std::string_view alert_name(int alert) {
  switch (alert) {
    case MBEDTLS_SSL_ALERT_MSG_ACCESS_DENIED:
      return "access denied";
    case MBEDTLS_SSL_ALERT_MSG_UNKNOWN_CA:
      return "unknown certificate authority";
    case MBEDTLS_SSL_ALERT_MSG_BAD_CERT:
      return "bad certificate";
    case MBEDTLS_SSL_ALERT_MSG_CERT_EXPIRED:
      return "certificate expired";
    case MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION:
      return "no common version of TLS";
    case MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE:
      return "no common cipher";
    case MBEDTLS_SSL_ALERT_MSG_DECRYPT_ERROR:
      return "wrong key";
    default:
      return "alert";
  }
}

bool needs_peer(int code) {
  return code == MBEDTLS_ERR_SSL_WANT_READ || code == MBEDTLS_ERR_SSL_WANT_WRITE;
}

}  // namespace

struct TlsSession::State {
  mbedtls_ssl_context ssl;
  std::shared_ptr<const TlsContext> context;
  Side side;
  Demands demands;
  std::string_view input;
  std::string output;
  std::string refusal;  // why we refuse the peer; empty: we do not
  std::optional<VerifiedPeer> peer;

  State(std::shared_ptr<const TlsContext> of, Side which, Demands what)
      : context(std::move(of)), side(which), demands(std::move(what)) {
    mbedtls_ssl_init(&ssl);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { mbedtls_ssl_free(&ssl); }

  static int send(void* self, const unsigned char* bytes, size_t size) noexcept;
  static int receive(void* self, unsigned char* to, size_t size) noexcept;
  static int verify(void* self, mbedtls_x509_crt* certificate, int depth, uint32_t* flags) noexcept;
  Status check(const mbedtls_x509_crt& certificate, int depth, uint32_t& flags);
  Status check_node(const mbedtls_x509_crt& certificate);
  Status check_result();
  Error failure(int code) const;
};

int TlsSession::State::send(void* self, const unsigned char* bytes, size_t size) noexcept {
  static_cast<State*>(self)->output.append(reinterpret_cast<const char*>(bytes), size);
  return static_cast<int>(size);
}

int TlsSession::State::receive(void* self, unsigned char* to, size_t size) noexcept {
  std::string_view& input = static_cast<State*>(self)->input;
  if (input.empty()) return MBEDTLS_ERR_SSL_WANT_READ;
  const size_t count = std::min(size, input.size());
  std::copy_n(input.begin(), count, to);
  input.remove_prefix(count);
  return static_cast<int>(count);
}

// mbedTLS asks for each certificate of the chain, the highest first and the peer's own last (depth
// 0). A client ends the handshake at the first one that it refuses, before it shows its own. A
// server goes on and refuses at the end: its alert would be sealed with keys that the client has
// left behind by now.
int TlsSession::State::verify(void* self, mbedtls_x509_crt* certificate, int depth,
                              uint32_t* flags) noexcept {
  auto* state = static_cast<State*>(self);
  if (!state->refusal.empty()) return 0;
  const Status status = state->check(*certificate, depth, *flags);
  if (status.ok()) return 0;
  state->refusal = status.error().message;
  return state->side == Side::kClient ? MBEDTLS_ERR_X509_FATAL_ERROR : 0;
}

Status TlsSession::State::check(const mbedtls_x509_crt& certificate, int depth, uint32_t& flags) {
  // DESIGN D4: this machine's clock refuses nobody.
  flags &= ~uint32_t{MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE};
  if (demands.authority) {
    const std::string_view der(reinterpret_cast<const char*>(certificate.raw.p),
                               certificate.raw.len);
    if (crypto::sha256(der) == *demands.authority)
      flags &= ~uint32_t{MBEDTLS_X509_BADCERT_NOT_TRUSTED};
  }
  if ((flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0) {
    return Error{Errc::kUnauthorized,
                 demands.authority
                     ? "the peer's certificate authority is not the one of the join token"
                     : "the peer's certificate is of another cluster"};
  }
  if (flags != 0) return Error{Errc::kUnauthorized, "the peer's certificate is not one of a node"};
  return depth == 0 ? check_node(certificate) : Status();
}

Status TlsSession::State::check_node(const mbedtls_x509_crt& certificate) {
  ES_TRY(const PeerIdentity identity, crypto::identity_of(certificate));
  if (context->self() && context->self()->cluster != identity.cluster) {
    return Error{Errc::kUnauthorized, "the peer's certificate is of another cluster"};
  }
  if (demands.node && *demands.node != identity.node) {
    return Error{Errc::kUnauthorized, "node " + identity.node.to_string() + " answers where node " +
                                          demands.node->to_string() + " was expected"};
  }
  const VerifiedPeer verified{identity, crypto::validity_of(certificate)};
  if (demands.admit) ES_CHECK(demands.admit(verified));
  peer = verified;
  return {};
}

// The last word, after the handshake. What verify() has not seen: wrong key usage, or no
// certificate at all. A server must show one.
Status TlsSession::State::check_result() {
  const uint32_t flags = mbedtls_ssl_get_verify_result(&ssl);
  const bool anonymous = side == Side::kServer && flags == MBEDTLS_X509_BADCERT_MISSING;
  if (refusal.empty() && !anonymous && (flags != 0 || !peer))
    refusal = "the peer's certificate is not one of a node";
  if (refusal.empty()) return {};
  peer.reset();
  mbedtls_ssl_send_alert_message(&ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                 MBEDTLS_SSL_ALERT_MSG_ACCESS_DENIED);
  return Error{Errc::kUnauthorized, refusal};
}

Error TlsSession::State::failure(int code) const {
  if (!refusal.empty()) return {Errc::kUnauthorized, refusal};
  if (code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
    return unavailable("the peer closed the connection");
  if (code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
    const int alert = ssl.MBEDTLS_PRIVATE(in_msg)[1];
    return {Errc::kUnauthorized, "the peer refuses us: " + std::string(alert_name(alert)) + " (" +
                                     std::to_string(alert) + ")"};
  }
  return crypto::mbedtls_failure(Errc::kCorrupt, "no TLS 1.3 from the peer", code);
}

TlsSession::TlsSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsSession::~TlsSession() = default;
TlsSession::TlsSession(TlsSession&&) noexcept = default;
TlsSession& TlsSession::operator=(TlsSession&&) noexcept = default;

Result<TlsSession> TlsSession::make(std::shared_ptr<const TlsContext> context, Side side,
                                    Demands demands) {
  // A member trusts its authorities, a newcomer the one of its token; nothing, or a mixture, would
  // be a hole.
  ES_ASSERT(context->self().has_value() != demands.authority.has_value());
  const mbedtls_ssl_config* config = side == Side::kServer ? context->server() : context->client();
  auto state = std::make_unique<State>(std::move(context), side, std::move(demands));
  int code = mbedtls_ssl_setup(&state->ssl, config);
  if (code == 0)
    code = mbedtls_ssl_set_hostname(&state->ssl, nullptr);  // nodes are known by id, not by name
  if (code != 0) return crypto::mbedtls_failure(Errc::kIo, "a TLS session cannot be set up", code);
  mbedtls_ssl_set_bio(&state->ssl, state.get(), State::send, State::receive, nullptr);
  mbedtls_ssl_set_verify(&state->ssl, State::verify, state.get());
  return TlsSession(std::move(state));
}

void TlsSession::feed(std::string_view ciphertext) {
  ES_ASSERT(state_->input.empty());
  state_->input = ciphertext;
}

Result<bool> TlsSession::shake_hands() {
  const int code = mbedtls_ssl_handshake(&state_->ssl);
  if (needs_peer(code)) return false;
  if (code != 0) return state_->failure(code);
  ES_CHECK(state_->check_result());
  return true;
}

bool TlsSession::complete() const { return mbedtls_ssl_is_handshake_over(&state_->ssl) != 0; }

const std::optional<VerifiedPeer>& TlsSession::peer() const {
  ES_ASSERT(complete());
  return state_->peer;
}

Result<size_t> TlsSession::read(char* to, size_t size) {
  ES_ASSERT(complete());
  const int code = mbedtls_ssl_read(&state_->ssl, reinterpret_cast<unsigned char*>(to), size);
  if (code > 0) return static_cast<size_t>(code);
  if (needs_peer(code)) return size_t{0};
  if (code == 0) return unavailable("the peer closed the connection");
  return state_->failure(code);
}

Status TlsSession::write(std::string_view plain) {
  ES_ASSERT(complete());
  while (!plain.empty()) {  // one record a round
    const int code = mbedtls_ssl_write(
        &state_->ssl, reinterpret_cast<const unsigned char*>(plain.data()), plain.size());
    if (code <= 0) return crypto::mbedtls_failure(Errc::kIo, "cannot encrypt", code);
    plain.remove_prefix(static_cast<size_t>(code));
  }
  return {};
}

void TlsSession::say_goodbye() {
  if (complete()) mbedtls_ssl_close_notify(&state_->ssl);
}

std::string& TlsSession::output() { return state_->output; }

}  // namespace es::linux_net
