#include "services/cli/console.h"

#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace es::cli {

namespace {

WallTime wall_clock() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return {static_cast<int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec};
}

void measure_terminal(Console& console) {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return;
  if (size.ws_col > 0) console.columns = size.ws_col;
  if (size.ws_row > 0) console.rows = size.ws_row;
}

// Who reads is gone, for example `edgeswarm service ls | head -1`: there is nobody left to talk to.
void write_all(FILE* file, std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file) != text.size() || std::fflush(file) != 0)
    std::_Exit(1);
}

}  // namespace

Console system_console() {
  Console console;
  console.out = [](std::string_view text) { write_all(stdout, text); };
  console.err = [](std::string_view text) { write_all(stderr, text); };
  console.now = wall_clock;
  console.is_terminal = ::isatty(STDOUT_FILENO) == 1;
  if (console.is_terminal) measure_terminal(console);
  return console;
}

}  // namespace es::cli
