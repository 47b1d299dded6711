#pragma once
// Two boards on one cable: processes in network namespaces of their own, joined by a veth pair,
// without routes. Needs root and iproute2; everything is gone with the processes.

#include <doctest.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

namespace es::linux_net::test {

// A process in a network namespace of its own. It waits until it is told to go; its exit status is
// the body's result.
class Board {
 public:
  // `say` tells the test that the board has come to the point that the test waits for.
  using Body = std::function<int(const std::function<void()>& say)>;

  explicit Board(const Body& body) {
    std::array<int, 2> ready{}, go{};
    REQUIRE(pipe(ready.data()) == 0);
    REQUIRE(pipe(go.data()) == 0);
    std::fflush(stdout);
    pid_ = fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      char byte = unshare(CLONE_NEWNET) == 0 ? 'y' : 'n';
      if (write(ready[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 1) _exit(98);
      alarm(30);  // whatever happens to the parent
      _exit(body([&] { (void)!write(ready[1], "s", 1); }));
    }
    char byte = 0;
    namespaced_ = read(ready[0], &byte, 1) == 1 && byte == 'y';
    go_ = go[1];
    said_ = ready[0];
    close(ready[1]);
    close(go[0]);
  }
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;
  ~Board() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    close(go_);
    close(said_);
  }

  bool namespaced() const { return namespaced_; }
  std::string pid() const { return std::to_string(pid_); }
  bool ip(const std::string& arguments) const {
    return std::system(
               ("nsenter -t " + pid() + " -n ip " + arguments + " >/dev/null 2>&1").c_str()) == 0;
  }
  void go() const { REQUIRE(write(go_, "g", 1) == 1); }
  bool said() const {  // waits; false when the board has ended instead
    char byte = 0;
    return read(said_, &byte, 1) == 1;
  }
  int result() {
    int status = 0;
    waitpid(pid_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
  }

 private:
  pid_t pid_ = -1;
  int go_ = -1;
  int said_ = -1;
  bool namespaced_ = false;
};

inline bool can_make_boards() {
  if (geteuid() == 0 && std::system("ip -V >/dev/null 2>&1") == 0 &&
      std::system("nsenter --version >/dev/null 2>&1") == 0)
    return true;
  MESSAGE("SKIP: network namespaces need root and iproute2");
  return false;
}

inline bool connect(const Board& a, const Board& b) {
  return std::system(("ip link add es-lan netns " + a.pid() + " type veth peer name es-lan netns " +
                      b.pid() + " >/dev/null 2>&1")
                         .c_str()) == 0 &&
         a.ip("addr add 10.77.0.1/24 dev es-lan") && a.ip("link set es-lan up") &&
         b.ip("addr add 10.77.0.2/24 dev es-lan") && b.ip("link set es-lan up");
}

}  // namespace es::linux_net::test
