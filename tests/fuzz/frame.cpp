// Frames of a connection: a stream cut at arbitrary points gives the same frames as a whole one, and
// never more is held than has arrived.

#include <vector>

#include "platform/linux/net/frame.h"
#include "tests/fuzz/input.h"

namespace {

using es::linux_net::FrameReader;

struct Seen {
  std::vector<std::pair<uint8_t, std::string>> frames;
  bool failed = false;
  bool operator==(const Seen&) const = default;
};

void read_all(FrameReader& reader, Seen& seen) {
  while (!seen.failed) {
    auto frame = reader.next();
    seen.failed = !frame.ok();
    if (seen.failed || !*frame) return;
    seen.frames.emplace_back((*frame)->kind, std::string((*frame)->payload));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  es::fuzz::Input input(data, size);
  const size_t piece = 1 + input.below(64);
  const size_t payload_max = 1 + input.below(4'096);
  const std::string bytes = input.rest();
  Seen whole;
  FrameReader at_once(payload_max);
  at_once.append(bytes);
  read_all(at_once, whole);
  Seen pieces;
  FrameReader reader(payload_max);
  for (size_t i = 0; i < bytes.size() && !pieces.failed; i += piece) {
    reader.append(std::string_view(bytes).substr(i, piece));
    read_all(reader, pieces);
  }
  ES_ASSERT(whole == pieces);
  return 0;
}
