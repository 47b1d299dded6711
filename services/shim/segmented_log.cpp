#include "services/shim/segmented_log.h"

#include "services/shim/system_call.h"

namespace es::shim {

namespace {

constexpr size_t kFrameOverhead = 24 + 1;  // "0000000000.000000000 oF " and the newline

Text<32> segment_name(uint64_t start) {
  Text<32> name;
  name.add("log.");
  name.add_number(start, 16, 16);
  return name;
}

}  // namespace

void SegmentedLog::open(int directory, size_t segment_bytes, size_t segments) {
  directory_ = directory;
  segment_bytes_ = segment_bytes;
  segments_ = segments;
  fd_ = -1;
  start_segment();
}

void SegmentedLog::start_segment() {
  if (fd_ >= 0) close(fd_);
  if (start_count_ == segments_) {
    unlink_at(directory_, segment_name(starts_[0]).c_string());
    memmove(starts_, starts_ + 1, (segments_ - 1) * sizeof starts_[0]);
    --start_count_;
  }
  starts_[start_count_++] = offset_;
  size_ = 0;
  fd_ = open_at(directory_, segment_name(offset_).c_string(), O_WRONLY | O_CREAT | O_TRUNC, 0640);
}

void SegmentedLog::append(char stream, bool complete, int64_t time_ns, Bytes text) {
  if (pending_.room() < text.size + kFrameOverhead) flush();
  const uint64_t time = time_ns < 0 ? 0 : static_cast<uint64_t>(time_ns);
  pending_.add_number(time / 1'000'000'000, 10, 10);
  pending_.add('.');
  pending_.add_number(time % 1'000'000'000, 10, 9);
  pending_.add(' ');
  pending_.add(stream);
  pending_.add(complete ? 'F' : 'P');
  pending_.add(' ');
  pending_.add(text);
  pending_.add('\n');
}

void SegmentedLog::flush() {
  const Bytes frames = pending_.bytes();
  if (frames.size == 0) return;
  pending_.clear();
  if (size_ > 0 && size_ + frames.size > segment_bytes_) start_segment();
  const long written = write(fd_, frames.data, frames.size);
  if (written == static_cast<long>(frames.size)) {
    size_ += frames.size;
    offset_ += frames.size;
    return;
  }
  // Half a frame would run into the next one.
  if (written > 0) {
    truncate(fd_, size_);
    seek(fd_, size_);
  }
  lost_bytes_ += frames.size;
}

}  // namespace es::shim
