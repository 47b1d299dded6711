#pragma once
// Decompressor: gzip (RFC 1952, any number of members) and zstd (RFC 8878, any number of frames) by
// their first bytes; anything else passes through. Guards against bombs: beyond the first
// kFreeBytes, the output may be kRatioMax times the input.

#include <cstdint>
#include <memory>

#include "platform/linux/images/byte_source.h"

namespace es::images {

class Decompressor final : public ByteSource {
 public:
  static constexpr uint64_t kFreeBytes = 64 << 20;
  static constexpr uint64_t kRatioMax = 250;

  explicit Decompressor(ByteSource& from);
  ~Decompressor() override;

  // Errors: kInvalid for damaged or cut off data and for compressions that are not supported,
  // kLimit for a bomb; its source's.
  Result<std::string_view> next() override;

 private:
  class Method;
  class Plain;
  class Gzip;
  class Zstd;

  Status choose_method();

  ByteSource* from_;
  std::string start_;  // read to tell the method
  std::unique_ptr<Method> method_;
};

}  // namespace es::images
