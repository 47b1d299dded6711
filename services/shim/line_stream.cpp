#include "services/shim/line_stream.h"

#include "services/shim/system_call.h"

namespace es::shim {

void LineStream::open(char name, int fd) {
  name_ = name;
  fd_ = fd;
  make_nonblocking(fd);  // so that what is left can be drained when the container has ended
}

bool LineStream::pump(SegmentedLog& log) {
  if (fd_ < 0) return false;
  const long n = read(fd_, buffer_ + used_, sizeof buffer_ - used_);
  if (n == -EAGAIN) return false;
  if (n <= 0) {
    close(fd_);
    fd_ = -1;
    if (used_ > 0) log.append(name_, false, now_ns(0), {buffer_, used_});
    used_ = 0;
    log.flush();
    return false;
  }
  const size_t searched = used_;
  used_ += static_cast<size_t>(n);
  take_lines(log, searched);
  log.flush();
  return true;
}

void LineStream::take_lines(SegmentedLog& log, size_t searched) {
  const int64_t time = now_ns(0);
  size_t begin = 0;
  for (size_t i = searched; i < used_; ++i) {
    if (buffer_[i] != '\n') continue;
    log.append(name_, true, time, {buffer_ + begin, i - begin});
    begin = i + 1;
  }
  if (begin == 0 && used_ == sizeof buffer_) {
    log.append(name_, false, time, {buffer_, used_});
    begin = used_;
  }
  used_ -= begin;
  memmove(buffer_, buffer_ + begin, used_);
}

}  // namespace es::shim
