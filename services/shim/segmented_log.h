#pragma once
// SegmentedLog: the output of one task as a run of bytes, cut into files that are named by the
// offset of their first byte. The newest `segments` files are kept. docs/formats/shim.md describes
// the frames.

#include <stddef.h>
#include <stdint.h>

#include "services/shim/options.h"
#include "services/shim/text.h"

namespace es::shim {

class SegmentedLog {
 public:
  // `directory` stays open as long as the log is used.
  void open(int directory, size_t segment_bytes, size_t segments);

  // One piece of a line. `stream` is 'o' or 'e'; `complete`: the line ends here.
  void append(char stream, bool complete, int64_t time_ns, Bytes text);
  void flush();

  // Bytes that the disk did not take: a full disk must not stop a task.
  uint64_t lost_bytes() const { return lost_bytes_; }

 private:
  void start_segment();

  // All zero until open(), so that the object takes no room in the executable.
  int directory_ = 0;
  size_t segment_bytes_ = 0;
  size_t segments_ = 0;
  int fd_ = 0;           // of the newest segment; negative where it could not be made
  size_t size_ = 0;      // of the newest segment
  uint64_t offset_ = 0;  // of the next byte, since the task began
  uint64_t lost_bytes_ = 0;
  uint64_t starts_[kSegmentsMax] = {};  // of the segments that exist, oldest first
  size_t start_count_ = 0;
  Text<8192> pending_;  // whole frames
};

}  // namespace es::shim
