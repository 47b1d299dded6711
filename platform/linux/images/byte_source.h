#pragma once
// ByteSource: a stream that is pulled, piece by piece. An image's way in is a chain of them: body
// of the request, decompressor, tar, hash, decompressor, tar. No piece is larger than kPieceBytes,
// so the whole chain lives in a few hundred kilobytes.

#include <string_view>

#include "core/base/result.h"
#include "platform/linux/crypto/sha256.h"

namespace es::images {

constexpr size_t kPieceBytes = 256 * 1024;

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // The next bytes, valid until the next call; empty at the end. Errors: whatever stands at the far
  // end of the chain.
  virtual Result<std::string_view> next() = 0;
};

// Passes on what it reads, counted and hashed.
class HashedSource final : public ByteSource {
 public:
  explicit HashedSource(ByteSource& from) : from_(&from) {}

  Result<std::string_view> next() override;
  // "sha256:…" of all bytes. Pre: called once, when next() has returned the end.
  std::string digest();
  uint64_t bytes() const { return bytes_; }

 private:
  ByteSource* from_;
  crypto::Sha256 hash_;
  uint64_t bytes_ = 0;
};

// Reads to the end. Errors: kLimit when there is more than `bytes_max`.
Result<std::string> read_all(ByteSource& from, size_t bytes_max);
Status skip_all(ByteSource& from);

}  // namespace es::images
