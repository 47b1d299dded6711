#pragma once
// LineStream: one of the container's two pipes. Collects bytes up to a newline, as Docker does, and
// hands lines to the log; a line longer than the buffer goes in pieces.

#include <stddef.h>

#include "services/shim/segmented_log.h"

namespace es::shim {

class LineStream {
 public:
  // Takes over the reading end of a pipe; `name` is 'o' or 'e'.
  void open(char name, int fd);

  int fd() const { return fd_; }  // -1 once the other end is closed

  // Reads once. False when there was nothing to read.
  bool pump(SegmentedLog& log);

 private:
  void take_lines(SegmentedLog& log, size_t searched);

  // All zero until open(), so that the object takes no room in the executable.
  char name_ = 0;
  int fd_ = 0;
  size_t used_ = 0;
  char buffer_[4096] = {};
};

}  // namespace es::shim
