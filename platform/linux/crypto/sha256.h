#pragma once
// SHA-256, at once and as a stream. Any thread, each stream by one at a time.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace es::crypto {

using Digest = std::array<uint8_t, 32>;

Digest sha256(std::string_view bytes);

inline std::string_view view(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}
std::string to_hex(const Digest& digest);  // 64 lower-case digits
// Nothing, unless `bytes` is exactly 32 long.
std::optional<Digest> digest_from(std::string_view bytes);

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void add(std::string_view bytes);
  // Pre: called once, last.
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace es::crypto
