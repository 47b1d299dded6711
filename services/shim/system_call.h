#pragma once
// The system calls of the shim, by their names. It runs without a C library: that keeps a running
// task's monitor at a few pages of memory (docs/formats/shim.md has the figures). Each returns what
// the kernel returns: a negative number is -errno.

#include <asm/poll.h>
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/mount.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <linux/time_types.h>
#include <stddef.h>
#include <stdint.h>

#include "services/shim/raw_call_aarch64.h"
#include "services/shim/raw_call_arm.h"
#include "services/shim/raw_call_x86_64.h"

namespace es::shim {

// A pointer to anything as an argument of a call.
inline long address(const void* pointer) { return reinterpret_cast<long>(pointer); }

[[noreturn]] inline void exit_process(int code) {
  for (;;) raw_call(__NR_exit_group, code);
}

// Again while a signal interrupts the call.
inline long read(int fd, void* bytes, size_t size) {
  long n;
  do n = raw_call(__NR_read, fd, address(bytes), static_cast<long>(size));
  while (n == -EINTR);
  return n;
}

inline long write(int fd, const void* bytes, size_t size) {
  long n;
  do n = raw_call(__NR_write, fd, address(bytes), static_cast<long>(size));
  while (n == -EINTR);
  return n;
}

inline int open_at(int directory, const char* path, int flags, int mode = 0) {
  return static_cast<int>(raw_call(__NR_openat, directory, address(path), flags | O_CLOEXEC, mode));
}

inline void close(int fd) { raw_call(__NR_close, fd); }
inline long rename_at(int directory, const char* from, const char* to) {
  return raw_call(__NR_renameat, directory, address(from), directory, address(to));
}
inline long unlink_at(int directory, const char* path) {
  return raw_call(__NR_unlinkat, directory, address(path), 0);
}
inline long truncate(int fd, size_t size) {
  return raw_call(__NR_ftruncate, fd, static_cast<long>(size));
}
inline long seek(int fd, size_t offset) {
  return raw_call(__NR_lseek, fd, static_cast<long>(offset), 0);
}
inline long close_on_exec(int fd) { return raw_call(__NR_fcntl, fd, F_SETFD, FD_CLOEXEC); }
inline long make_nonblocking(int fd) { return raw_call(__NR_fcntl, fd, F_SETFL, O_NONBLOCK); }
inline long duplicate(int fd, int as) { return raw_call(__NR_dup3, fd, as, 0); }
inline long make_pipe(int ends[2]) { return raw_call(__NR_pipe2, address(ends), O_CLOEXEC); }

inline int fork() { return static_cast<int>(raw_call(__NR_clone, SIGCHLD)); }
inline int process_id() { return static_cast<int>(raw_call(__NR_getpid)); }
inline long execute(char** argv, char** envp) {
  return raw_call(__NR_execve, address(argv[0]), address(argv), address(envp));
}
// `pid` -1: any child.
inline long wait_for(int pid, int& status, int flags) {
  long n;
  do n = raw_call(__NR_wait4, pid, address(&status), flags, 0);
  while (n == -EINTR);
  return n;
}

// The end of a child, as something to poll. The signal is blocked from now on, in children too
// unless they unblock it.
constexpr uint64_t kChildSignal = uint64_t{1} << (SIGCHLD - 1);
inline long open_child_signals() {
  const long blocked =
      raw_call(__NR_rt_sigprocmask, SIG_BLOCK, address(&kChildSignal), 0, sizeof kChildSignal);
  if (blocked != 0) return blocked;
  return raw_call(__NR_signalfd4, -1, address(&kChildSignal), sizeof kChildSignal,
                  O_CLOEXEC | O_NONBLOCK);
}
inline void unblock_child_signals() {
  raw_call(__NR_rt_sigprocmask, SIG_UNBLOCK, address(&kChildSignal), 0, sizeof kChildSignal);
}
// Signals of one kind are told once, however many children ended.
inline void take_signal(int fd) {
  char record[128];  // struct signalfd_siginfo
  read(fd, record, sizeof record);
}

inline long poll(pollfd* fds, unsigned count) {
  long n;
  do n = raw_call(__NR_ppoll, address(fds), count, 0, 0);
  while (n == -EINTR);
  return n;
}

inline long become_subreaper() { return raw_call(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1); }
inline long set_name(const char* name) { return raw_call(__NR_prctl, PR_SET_NAME, address(name)); }
inline long unshare_mounts() { return raw_call(__NR_unshare, CLONE_NEWNS); }
inline long mount_propagation(const char* path, long flags) {
  return raw_call(__NR_mount, 0, address(path), 0, flags, 0);
}
inline long unmount_lazily(const char* path) {
  return raw_call(__NR_umount2, address(path), 2 /* MNT_DETACH */);
}

// Nanoseconds; `clock` 0 is the wall clock, 1 the monotonic one. 64 bits of seconds on 32-bit ARM
// as well.
inline int64_t now_ns(int clock) {
#if defined(__arm__)
  constexpr long kNumber = __NR_clock_gettime64;
#else
  constexpr long kNumber = __NR_clock_gettime;
#endif
  __kernel_timespec time{};
  raw_call(kNumber, clock, address(&time));
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

}  // namespace es::shim
