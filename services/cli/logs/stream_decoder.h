#pragma once
// StreamDecoder: Docker's frames ("stdcopy") as they come in pieces of any size, out as lines. A
// frame is 8 bytes of head (stream, 3 zeros, length in network order) and its payload; a payload
// without a newline goes on in the next frame of its stream and task.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace es::cli {

constexpr size_t kMaxFrameBytes = 1 << 20;

struct StreamPiece {
  bool from_stderr = false;
  std::string_view text;  // a frame's payload
};

class StreamDecoder {
 public:
  using Take = std::function<Status(const StreamPiece& piece)>;

  // Calls `take` for each frame that is complete. Errors: kCorrupt (not frames), those of `take`.
  Status feed(std::string_view bytes, const Take& take);
  // Bytes of a frame that did not come whole.
  bool is_empty() const { return buffer_.empty(); }

 private:
  std::string buffer_;
};

}  // namespace es::cli
