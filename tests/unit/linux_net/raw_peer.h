#pragma once
// A peer that does not play by the rules: a plain socket, and TLS without our frames.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

#include "core/model/address.h"
#include "platform/linux/net/tls_session.h"
#include "tests/unit/linux_net/members.h"

namespace es::linux_net::test {

class RawSocket {
 public:
  explicit RawSocket(const SocketAddress& to)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(to.port);
    REQUIRE(inet_pton(AF_INET, to.ip.c_str(), &address.sin_addr) == 1);
    ::connect(fd_, reinterpret_cast<const sockaddr*>(&address),
              sizeof address);  // loopback: completes by itself
  }
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;
  ~RawSocket() { end(); }

  // As much as the kernel takes.
  size_t send(std::string_view bytes) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return sent < 0 ? 0 : static_cast<size_t>(sent);
  }
  // What is there now.
  std::string receive() {
    std::array<char, 64 * 1024> buffer;
    const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != ENOTCONN && errno != EINPROGRESS))
      ended_ = true;
    return got > 0 ? std::string(buffer.data(), static_cast<size_t>(got)) : std::string();
  }
  bool ended() {
    receive();
    return ended_;
  }
  void reset() {  // RST instead of FIN
    const linger now{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    end();
  }
  void end() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
  bool ended_ = false;
};

// A member's certificate and a mind of its own: what it writes inside TLS is up to the test.
struct RawMember {
  RawSocket socket;
  TlsSession session;

  RawMember(Loop& loop, const crypto::NodeIdentity& identity, const SocketAddress& to)
      : socket(to),
        session(
            TlsSession::make(TlsContext::member(identity).value(), TlsSession::Side::kClient, {})
                .value()) {
    REQUIRE(soon(loop, [&] { return step(); }));
  }

  // One exchange of bytes; true once the handshake is complete. The socket is polled, so a timer of
  // the test's loop must run.
  bool step() {
    const std::string bytes = socket.receive();
    session.feed(bytes);
    const auto done = session.shake_hands();
    REQUIRE(done.ok());
    std::array<char, 4096> greeting;
    while (*done && session.read(greeting.data(), greeting.size()).value_or(0) > 0) {
    }
    push();
    return *done;
  }
  void push() {
    socket.send(session.output());
    session.output().clear();
  }
  void write(std::string_view plain) {
    REQUIRE(session.write(plain).ok());
    push();
  }
};

}  // namespace es::linux_net::test
