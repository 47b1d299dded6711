#include "services/shim/options.h"

#include "services/shim/text.h"

namespace es::shim {

namespace {

bool parse_bounded(Bytes text, size_t min, size_t max, size_t& out) {
  const int64_t value = parse_number(text);
  if (value < static_cast<int64_t>(min) || value > static_cast<int64_t>(max)) return false;
  out = static_cast<size_t>(value);
  return true;
}

bool parse_option(Bytes text, Options& out) {
  if (const Bytes value = after_prefix(text, bytes_of("--segment-bytes=")); value.data) {
    return parse_bounded(value, kSegmentBytesMin, kSegmentBytesMax, out.segment_bytes);
  }
  if (const Bytes value = after_prefix(text, bytes_of("--segments=")); value.data) {
    return parse_bounded(value, 1, kSegmentsMax, out.segments);
  }
  if (const Bytes value = after_prefix(text, bytes_of("--oom-events=")); value.data) {
    out.oom_events = value.data;
    return true;
  }
  if (const Bytes value = after_prefix(text, bytes_of("--hide-mount=")); value.data) {
    out.hidden_mount = value.data;
    return true;
  }
  return false;
}

}  // namespace

bool parse_options(char** argv, Options& out) {
  for (char** at = argv + 1; *at != nullptr; ++at) {
    const Bytes text = bytes_of(*at);
    if (text.size == 2 && text.data[0] == '-' && text.data[1] == '-') {
      out.runtime = at + 1;
      return *out.runtime != nullptr;
    }
    if (!parse_option(text, out)) return false;
  }
  return false;
}

}  // namespace es::shim
