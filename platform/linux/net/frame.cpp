#include "platform/linux/net/frame.h"

#include "core/base/assert.h"

namespace es::linux_net {

namespace {

constexpr size_t kKeptCapacity = 1024;  // an idle connection keeps no more than a small frame needs

size_t read_length(const char* at) {
  size_t length = 0;
  for (int i = 0; i < 4; ++i) length = length << 8 | static_cast<uint8_t>(at[i]);
  return length;
}

}  // namespace

std::array<char, kFrameHeaderSize> frame_header(FrameKind kind, size_t payload_size) {
  ES_ASSERT(payload_size <= kMemberFrameMax);
  const auto byte = [&](int shift) { return static_cast<char>(payload_size >> shift & 0xff); };
  return {byte(24), byte(16), byte(8), byte(0), static_cast<char>(kind)};
}

void FrameReader::append(std::string_view bytes) {
  held_.erase(0, consumed_);
  consumed_ = 0;
  held_.append(bytes);
}

void FrameReader::release() {
  consumed_ = 0;
  held_.clear();
  if (held_.capacity() > kKeptCapacity) std::string().swap(held_);
}

Result<std::optional<FrameReader::Frame>> FrameReader::next() {
  const std::string_view rest = std::string_view(held_).substr(consumed_);
  if (rest.empty()) release();
  if (rest.size() < kFrameHeaderSize) return std::optional<Frame>();
  const size_t length = read_length(rest.data());
  if (length > payload_max_) {
    return corrupt("the peer sends a frame of " + std::to_string(length) +
                   " bytes, more than the " + std::to_string(payload_max_) + " that it may");
  }
  if (rest.size() - kFrameHeaderSize < length) return std::optional<Frame>();
  consumed_ += kFrameHeaderSize + length;
  return std::optional(Frame{static_cast<uint8_t>(rest[4]), rest.substr(kFrameHeaderSize, length)});
}

}  // namespace es::linux_net
