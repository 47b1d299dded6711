#pragma once
// Frames on a connection between nodes: length of the payload (4 bytes, big-endian), kind (1 byte),
// payload. Each side sends Hello first.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "core/base/fields.h"
#include "core/base/result.h"

namespace es::linux_net {

// Bulk (snapshots, images, logs) has a connection of its own, so that a heartbeat never waits
// behind a megabyte.
enum class Channel : uint8_t { kControl = 0, kBulk = 1 };

enum class FrameKind : uint8_t { kHello = 1, kMessage = 2 };

constexpr uint32_t kProtocolVersion = 1;

struct Hello {
  uint32_t version = kProtocolVersion;
  Channel channel = Channel::kControl;  // as the dialling side says

  static constexpr auto fields() {
    return std::tuple{field(1, "Version", &Hello::version), field(2, "Channel", &Hello::channel)};
  }
  bool operator==(const Hello&) const = default;
};

constexpr size_t kFrameHeaderSize = 5;
constexpr size_t kMemberFrameMax = 4 * 1024 * 1024;
constexpr size_t kAnonymousFrameMax = 16 * 1024;  // a join request with room to spare

std::array<char, kFrameHeaderSize> frame_header(FrameKind kind, size_t payload_size);

// Cuts a stream of bytes into frames. It holds what has arrived, never what a header merely
// promises.
class FrameReader {
 public:
  explicit FrameReader(size_t payload_max) : payload_max_(payload_max) {}

  struct Frame {
    uint8_t kind = 0;
    std::string_view payload;  // valid until the next call of any method
  };

  void set_max(size_t payload_max) { payload_max_ = payload_max; }
  void append(std::string_view bytes);
  // Nothing: more bytes are needed. Errors, final: kCorrupt, for a frame beyond the bound.
  Result<std::optional<Frame>> next();

 private:
  void release();

  size_t payload_max_;
  size_t consumed_ = 0;  // of held_
  std::string held_;
};

}  // namespace es::linux_net
