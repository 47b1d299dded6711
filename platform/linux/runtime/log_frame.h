#pragma once
// One frame of a task's log: "<seconds, 10 digits>.<nanoseconds, 9> <o|e><F|P> <bytes>\n"
// (docs/formats/shim.md).

#include <cstddef>
#include <optional>
#include <string_view>

#include "platform/linux/runtime/log_reader.h"

namespace es::runtime {

constexpr size_t kFrameHeaderBytes = 24;
constexpr size_t kFrameBytesMax = kFrameHeaderBytes + 4096 + 1;

// The frame at the start of `bytes` and its length with the newline; its offset is the reader's to
// say. Nothing while the newline is missing. Bytes that are no frame give no `line`: they are to be
// skipped.
struct ParsedFrame {
  size_t length = 0;
  std::optional<LogLine> line;
};
std::optional<ParsedFrame> parse_frame(std::string_view bytes);

}  // namespace es::runtime
