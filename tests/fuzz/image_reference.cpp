// Names of images: the short form of a name is its own short form.

#include "services/images/reference.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto name = es::images::familiar_reference(text);
  if (!name.ok()) return 0;
  const auto again = es::images::familiar_reference(*name);
  ES_ASSERT(again.ok() && *again == *name);
  return 0;
}
