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
  // What is written between the two is a length-delimited run. Runs may stand in runs.
  size_t begin_run();
  void end_run(size_t begin);

  const std::string& bytes() const { return bytes_; }
  std::string take() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// What a decoded message may still take in memory. Short texts and what stands in a struct itself are not counted; lists and
// maps are, by element, so that a message of many empty structs is refused before they are all there.
class Budget {
 public:
  explicit Budget(size_t bytes) : left_(bytes) {}
  // Errors: kLimit.
  Status take(size_t bytes) {
    if (bytes > left_) return Error{Errc::kLimit, "message that takes more memory than its sender may use"};
    left_ -= bytes;
    return {};
  }
  size_t left() const { return left_; }

 private:
  size_t left_;
};

class Reader {
 public:
  // Without a budget: what is read is this node's own, or small.
  explicit Reader(std::string_view bytes, Budget* budget = nullptr) : rest_(bytes), budget_(budget) {}

  // `bytes` of memory are about to be taken. Errors: kLimit.
  Status take(size_t bytes) { return budget_ == nullptr ? Status() : budget_->take(bytes); }

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
  Budget* budget_;
};

}  // namespace es::wire
