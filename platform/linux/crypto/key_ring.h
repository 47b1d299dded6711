#pragma once
// KeyRing: the gossip keys that are valid now. Everything is sealed with the newest; the older ones
// still open what nodes send that have not heard of the newest yet.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "platform/linux/crypto/aead.h"

namespace es::crypto {

class KeyRing {
 public:
  static constexpr size_t kMaxKeys = 3;

  // Keys of 16 bytes, newest first. Errors: kInvalid, for none, too many, or a key of a wrong size.
  static Result<KeyRing> make(const std::vector<std::string>& keys);

  std::string seal(std::string_view plain, std::string_view associated) const;
  // Errors: kCorrupt, when no key opens it.
  Result<std::string> open(std::string_view sealed, std::string_view associated) const;

 private:
  explicit KeyRing(std::vector<Aead> keys) : keys_(std::move(keys)) {}

  std::vector<Aead> keys_;
};

}  // namespace es::crypto
