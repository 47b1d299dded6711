#include "services/cli/logs/stream_decoder.h"

namespace es::cli {

namespace {

constexpr size_t kHeadBytes = 8;
constexpr uint8_t kStdout = 1;
constexpr uint8_t kStderr = 2;

}  // namespace

Status StreamDecoder::feed(std::string_view bytes, const Take& take) {
  buffer_.append(bytes);
  size_t done = 0;
  while (buffer_.size() - done >= kHeadBytes) {
    const auto byte = [this, done](size_t i) { return static_cast<uint8_t>(buffer_[done + i]); };
    const bool has_head =
        (byte(0) == kStdout || byte(0) == kStderr) && byte(1) == 0 && byte(2) == 0 && byte(3) == 0;
    const size_t length = static_cast<size_t>(byte(4)) << 24 | static_cast<size_t>(byte(5)) << 16 |
                          static_cast<size_t>(byte(6)) << 8 | byte(7);
    if (!has_head || length > kMaxFrameBytes) return corrupt("the daemon's log stream is damaged");
    if (buffer_.size() - done < kHeadBytes + length) break;
    ES_CHECK(
        take({byte(0) == kStderr, std::string_view(buffer_).substr(done + kHeadBytes, length)}));
    done += kHeadBytes + length;
  }
  buffer_.erase(0, done);
  return {};
}

}  // namespace es::cli
