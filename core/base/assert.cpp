#include "core/base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace es {

void assert_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "edgeswarm: bug: %s:%d: %s does not hold\n", file, line, expression);
  std::abort();
}

}  // namespace es
