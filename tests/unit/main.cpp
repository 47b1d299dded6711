#define DOCTEST_CONFIG_IMPLEMENT
#include "doctest/doctest.h"
#include "tests/planted.h"

int main(int count, char** words) {
  if (const int status = es::plant_from_environment(); status >= 0) return status;
  return doctest::Context(count, words).run();
}
