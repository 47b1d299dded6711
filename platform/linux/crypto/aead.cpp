#include "platform/linux/crypto/aead.h"

#include <mbedtls/chachapoly.h>
#include <mbedtls/gcm.h>

#include <algorithm>

#include "core/base/assert.h"
#include "platform/linux/crypto/random.h"
#include "platform/linux/crypto/secret.h"

namespace es::crypto {

namespace {

const unsigned char* in(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* out(char* bytes) { return reinterpret_cast<unsigned char*>(bytes); }

}  // namespace

struct Aead::State {
  Cipher cipher;
  mbedtls_chachapoly_context chacha;
  mbedtls_gcm_context gcm;

  explicit State(Cipher which) : cipher(which) {
    mbedtls_chachapoly_init(&chacha);
    mbedtls_gcm_init(&gcm);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {  // both wipe what they hold
    mbedtls_chachapoly_free(&chacha);
    mbedtls_gcm_free(&gcm);
  }

  int set_key(std::string_view key) {
    if (cipher == Cipher::kChaCha20Poly1305) return mbedtls_chachapoly_setkey(&chacha, in(key));
    return mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, in(key),
                              static_cast<unsigned>(8 * key.size()));
  }

  int encrypt(const Nonce& nonce, std::string_view plain, std::string_view associated, char* to,
              char* tag) {
    if (cipher == Cipher::kChaCha20Poly1305) {
      return mbedtls_chachapoly_encrypt_and_tag(&chacha, plain.size(), nonce.data(), in(associated),
                                                associated.size(), in(plain), out(to), out(tag));
    }
    return mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, plain.size(), nonce.data(),
                                     nonce.size(), in(associated), associated.size(), in(plain),
                                     out(to), kTagSize, out(tag));
  }

  int decrypt(const Nonce& nonce, std::string_view text, std::string_view tag,
              std::string_view associated, char* to) {
    if (cipher == Cipher::kChaCha20Poly1305) {
      return mbedtls_chachapoly_auth_decrypt(&chacha, text.size(), nonce.data(), in(associated),
                                             associated.size(), in(tag), in(text), out(to));
    }
    return mbedtls_gcm_auth_decrypt(&gcm, text.size(), nonce.data(), nonce.size(), in(associated),
                                    associated.size(), in(tag), tag.size(), in(text), out(to));
  }
};

Aead::Aead(std::unique_ptr<State> state) : state_(std::move(state)) {}
Aead::~Aead() = default;
Aead::Aead(Aead&&) noexcept = default;
Aead& Aead::operator=(Aead&&) noexcept = default;

Result<Aead> Aead::make(Cipher cipher, std::string_view key) {
  if (key.size() != key_size(cipher)) {
    return invalid("an encryption key has " + std::to_string(key.size()) + " bytes instead of " +
                   std::to_string(key_size(cipher)));
  }
  auto state = std::make_unique<State>(cipher);
  ES_ASSERT(state->set_key(key) == 0);
  return Aead(std::move(state));
}

std::string Aead::seal_with(const Nonce& nonce, std::string_view plain,
                            std::string_view associated) const {
  std::string sealed(plain.size() + kTagSize, '\0');
  ES_ASSERT(
      state_->encrypt(nonce, plain, associated, sealed.data(), sealed.data() + plain.size()) == 0);
  return sealed;
}

Result<std::string> Aead::open_with(const Nonce& nonce, std::string_view sealed,
                                    std::string_view associated) const {
  if (sealed.size() < kTagSize) return corrupt("a sealed message is too short");
  const std::string_view text = sealed.substr(0, sealed.size() - kTagSize);
  std::string plain(text.size(), '\0');
  if (state_->decrypt(nonce, text, sealed.substr(text.size()), associated, plain.data()) != 0) {
    return corrupt("a sealed message was changed or sealed with another key");
  }
  return plain;
}

std::string Aead::seal(std::string_view plain, std::string_view associated) const {
  Nonce nonce;
  fill_random(nonce.data(), nonce.size());
  std::string sealed(plain.size() + kSealOverhead, '\0');
  std::copy(nonce.begin(), nonce.end(), sealed.begin());
  char* const text = sealed.data() + kNonceSize;
  ES_ASSERT(state_->encrypt(nonce, plain, associated, text, text + plain.size()) == 0);
  return sealed;
}

Result<std::string> Aead::open(std::string_view sealed, std::string_view associated) const {
  if (sealed.size() < kSealOverhead) return corrupt("a sealed message is too short");
  Nonce nonce;
  std::copy_n(sealed.begin(), kNonceSize, nonce.begin());
  return open_with(nonce, sealed.substr(kNonceSize), associated);
}

}  // namespace es::crypto
