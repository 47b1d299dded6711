#pragma once
// A console that remembers.

#include <string>

#include "services/cli/console.h"

namespace es::cli {

struct Recorder {
  std::string out;
  std::string err;
  WallTime now{1'763'613'664'000'000'000};
  Console console;

  Recorder() {
    console.out = [this](std::string_view text) { out += text; };
    console.err = [this](std::string_view text) { err += text; };
    console.now = [this] { return now; };
  }
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;
};

}  // namespace es::cli
