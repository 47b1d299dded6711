// Frames of a task's log, which a full disk or a pulled plug may have cut anywhere: reading goes on
// behind what is no frame, and never stands still.

#include "platform/linux/runtime/log_frame.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (const auto frame = es::runtime::parse_frame(rest)) {
    ES_ASSERT(frame->length > 0 && frame->length <= rest.size());
    if (frame->line) ES_ASSERT(frame->line->text.size() < frame->length);
    rest.remove_prefix(frame->length);
  }
  return 0;
}
