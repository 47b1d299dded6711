// Constraints of services: what is parsed is parsed again from its own parts, and can be asked of any
// node.

#include "core/state/constraint.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  es::fuzz::Input input(data, size);
  es::Node node;
  node.address.ip = input.text(20);
  node.spec.labels[input.text(8)] = input.text(8);
  const std::string text = input.rest();
  const auto constraint = es::state::parse_constraint(text);
  if (!constraint.ok()) {
    ES_ASSERT(!es::state::meets_constraints({text}, node));
    return 0;
  }
  const std::string printed =
      constraint->key + (constraint->equal ? "==" : "!=") + constraint->value;
  const auto again = es::state::parse_constraint(printed);
  ES_ASSERT(again.ok() && again->key == constraint->key && again->value == constraint->value &&
            again->equal == constraint->equal);
  ES_ASSERT(es::state::meets_constraints({text}, node) == es::state::holds(*constraint, node));
  return 0;
}
