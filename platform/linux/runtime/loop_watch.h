#pragma once
// Readable and Timer: one file descriptor and one deadline on a libuv loop, owned by whoever waits
// for them. Either may be destroyed inside its own callback.

#include <uv.h>

#include <cstdint>
#include <functional>

namespace es::runtime {

class Readable {
 public:
  // Takes over `fd`. Calls `ready` whenever it can be read, which for a pipe includes its end, and
  // for a process its death.
  Readable(uv_loop_t* loop, int fd, std::function<void()> ready);
  ~Readable();
  Readable(const Readable&) = delete;
  Readable& operator=(const Readable&) = delete;

  int fd() const { return fd_; }

 private:
  struct Handle;
  Handle* handle_;  // outlives this object until libuv has closed it
  int fd_;
};

class Timer {
 public:
  Timer(uv_loop_t* loop, std::function<void()> expired);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Once, `delay_ms` from now; 0: in the loop's next turn. Replaces an earlier call.
  void start(uint64_t delay_ms);
  void stop();

 private:
  struct Handle;
  Handle* handle_;
};

}  // namespace es::runtime
