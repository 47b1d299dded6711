#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "platform/linux/net/discovery.h"
#include "platform/linux/net/native_address.h"

namespace es::linux_net {

Status LanSocket::open(uint16_t port) {
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(port);
  Handle<uv_udp_t> udp(this, [&](uv_udp_t* handle) { return uv_udp_init(loop_.native(), handle); });
  int code = uv_udp_bind(udp.get(), reinterpret_cast<const sockaddr*>(&any), UV_UDP_REUSEADDR);
  if (code == 0) code = uv_udp_set_broadcast(udp.get(), 1);
  if (code == 0) code = uv_udp_set_multicast_ttl(udp.get(), 1);  // never past a router
  if (code == 0) {
    code = uv_udp_recv_start(
        udp.get(),
        [](uv_handle_t* handle, size_t, uv_buf_t* buffer) noexcept {
          auto* self = owner_of<LanSocket>(handle);
          *buffer = self != nullptr ? self->loop_.read_buffer() : uv_buf_init(nullptr, 0);
        },
        [](uv_udp_t* handle, ssize_t size, const uv_buf_t* buffer, const sockaddr* from,
           unsigned) noexcept {
          auto* self = owner_of<LanSocket>(handle);
          if (self == nullptr || size <= 0 || from == nullptr) return;
          const auto on_datagram = self->on_datagram_;  // it may destroy the socket
          on_datagram(from_native(from), {buffer->base, static_cast<size_t>(size)});
        });
  }
  if (code != 0)
    return Error{Errc::kIo,
                 "cannot use UDP port " + std::to_string(port) + ": " + uv_strerror(code)};
  udp_ = std::move(udp);
  return {};
}

int LanSocket::fd() const {
  int fd = -1;
  return udp_.open() && uv_fileno(udp_.handle(), &fd) == 0 ? fd : -1;
}

// IP_PKTINFO (ip(7)) names the interface for one datagram; with it the kernel asks no route for a
// group or a broadcast.
void LanSocket::send(const sockaddr_in& to, unsigned interface_index, std::string_view datagram) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(in_pktinfo))] = {};
  iovec bytes{const_cast<char*>(datagram.data()), datagram.size()};
  sockaddr_in address = to;
  msghdr message{};
  message.msg_name = &address;
  message.msg_namelen = sizeof address;
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  if (interface_index != 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = IP_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
    in_pktinfo info{};
    info.ipi_ifindex = static_cast<int>(interface_index);
    std::memcpy(CMSG_DATA(header), &info, sizeof info);
  }
  (void)::sendmsg(fd(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void LanSocket::join(const in_addr& group, const Interface& on) {
  ip_mreqn request{};
  request.imr_multiaddr = group;
  request.imr_ifindex = static_cast<int>(on.index);
  setsockopt(fd(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request);
}

}  // namespace es::linux_net
