// The codec between nodes and onto the disk: what decodes encodes to bytes that decode to the same.

#include "core/driver/envelope.h"
#include "core/gossip/message.h"
#include "core/raft/config.h"
#include "core/state/change.h"
#include "core/wire/codec.h"
#include "tests/fuzz/input.h"

namespace {

template <class T>
void decode(std::string_view bytes) {
  const auto value = es::wire::decode<T>(bytes);
  if (!value.ok()) return;
  const std::string encoded = es::wire::encode(*value);
  const auto again = es::wire::decode<T>(encoded);
  ES_ASSERT(again.ok());
  ES_ASSERT(es::wire::encode(*again) == encoded);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  es::fuzz::Input input(data, size);
  switch (input.byte() % 5) {
    case 0: decode<es::driver::Envelope>(input.view()); break;
    case 1: decode<es::gossip::Envelope>(input.view()); break;
    case 2: decode<es::gossip::TableSync>(input.view()); break;
    case 3: decode<es::wire::Membership>(input.view()); break;
    default: decode<es::state::Change>(input.view()); break;
  }
  return 0;
}
