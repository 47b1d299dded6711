#pragma once
// ES_ASSERT: a broken invariant is a bug, and a bug must not write to the log of a cluster. It is on in release builds too.

namespace es {

// Prints file, line and the broken expression to standard error and aborts.
[[noreturn]] void assert_failed(const char* expression, const char* file, int line);

}  // namespace es

#define ES_ASSERT(expression) \
  ((expression) ? static_cast<void>(0) : ::es::assert_failed(#expression, __FILE__, __LINE__))
