#include "platform/linux/crypto/key_ring.h"

namespace es::crypto {

Result<KeyRing> KeyRing::make(const std::vector<std::string>& keys) {
  if (keys.empty() || keys.size() > kMaxKeys) return invalid("a key ring holds one to three keys");
  std::vector<Aead> ring;
  for (const std::string& key : keys) {
    ES_TRY(Aead one, Aead::make(Cipher::kAes128Gcm, key));
    ring.push_back(std::move(one));
  }
  return KeyRing(std::move(ring));
}

std::string KeyRing::seal(std::string_view plain, std::string_view associated) const {
  return keys_.front().seal(plain, associated);
}

Result<std::string> KeyRing::open(std::string_view sealed, std::string_view associated) const {
  for (const Aead& key : keys_) {
    auto plain = key.open(sealed, associated);
    if (plain.ok()) return plain;
  }
  return corrupt("a sealed message was changed or sealed with another key");
}

}  // namespace es::crypto
