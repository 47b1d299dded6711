#pragma once
// Writer and Reader: varints, tags and length-delimited runs of protobuf's encoding. A Reader never reads past its end and
// allocates nothing; whoever wrote the bytes is not trusted.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace es::wire {

enum class WireType : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct Tag {
  uint32_t number = 0;  // 1..2^29-1
  WireType type = WireType::kVarint;
};

constexpr uint64_t zigzag(int64_t n) {
  return (static_cast<uint64_t>(n) << 1) ^ static_cast<uint64_t>(n >> 63);
}
constexpr int64_t unzigzag(uint64_t n) {
  return static_cast<int64_t>(n >> 1) ^ -static_cast<int64_t>(n & 1);
}

class Writer {
 public:
  void varint(uint64_t value);
  void tag(uint32_t number, WireType type) {
    varint((uint64_t{number} << 3) | static_cast<uint64_t>(type));
  }
  void big_endian(uint64_t value);
  void raw(std::string_view bytes) { bytes_.append(bytes); }

  const std::string& bytes() const { return bytes_; }
  std::string take() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  bool done() const { return rest_.empty(); }
  std::string_view rest_view() const { return rest_; }

  // Errors (of all below): kCorrupt.
  Result<uint64_t> varint();
  Result<Tag> tag();
  Result<uint64_t> big_endian();
  // A reader over the next length-delimited run, which is consumed here.
  Result<Reader> sub();
  Status skip(WireType type);
  // Everything that is left, consumed.
  std::string_view rest();

 private:
  std::string_view rest_;
};

}  // namespace es::wire
