#pragma once
// Aead: authenticated encryption with associated data (RFC 5116). ChaCha20-Poly1305 (RFC 8439) for
// data at rest, because no Raspberry Pi before the 5 has AES instructions; AES-128-GCM for gossip,
// as Swarm has it. One object is used by one thread at a time.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace es::crypto {

enum class Cipher : uint8_t { kChaCha20Poly1305, kAes128Gcm };

constexpr size_t key_size(Cipher cipher) { return cipher == Cipher::kChaCha20Poly1305 ? 32 : 16; }

constexpr size_t kNonceSize = 12;
constexpr size_t kTagSize = 16;
constexpr size_t kSealOverhead = kNonceSize + kTagSize;

// Never twice with one key: two messages under one nonce give away their difference, and under GCM
// the key of the tag.
using Nonce = std::array<uint8_t, kNonceSize>;

class Aead {
 public:
  // Errors: kInvalid for a key of a wrong size.
  static Result<Aead> make(Cipher cipher, std::string_view key);
  ~Aead();
  Aead(Aead&&) noexcept;
  Aead& operator=(Aead&&) noexcept;

  // Nonce, ciphertext, tag; the nonce is random, which is sound for 2^32 messages with one key.
  std::string seal(std::string_view plain, std::string_view associated) const;
  // Errors: kCorrupt: other key, other associated data, or changed on the way. Nothing of the
  // plaintext is given out then.
  Result<std::string> open(std::string_view sealed, std::string_view associated) const;

  // Ciphertext and tag, for whoever has a nonce that counts.
  std::string seal_with(const Nonce& nonce, std::string_view plain,
                        std::string_view associated) const;
  Result<std::string> open_with(const Nonce& nonce, std::string_view sealed,
                                std::string_view associated) const;

 private:
  struct State;
  explicit Aead(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace es::crypto
