#include "platform/linux/net/gossip_socket.h"

#include "platform/linux/net/native_address.h"

namespace es::linux_net {

namespace {

// In front of the sealed part and sealed with it: a later format has another one.
constexpr std::string_view kContext = "edgeswarm gossip datagram 1";
// A second of gossip; what waits longer than that is old news.
constexpr int kReceiveBuffer = 128 * 1024;

}  // namespace

GossipSocket::GossipSocket(Loop& loop, crypto::KeyRing keys, OnDatagram on_datagram)
    : loop_(loop), keys_(std::move(keys)), on_datagram_(std::move(on_datagram)) {}

Result<SocketAddress> GossipSocket::open(const SocketAddress& address) {
  ES_TRY(const sockaddr_storage native, to_native(address));
  Handle<uv_udp_t> udp(this, [&](uv_udp_t* handle) { return uv_udp_init(loop_.native(), handle); });
  int code = uv_udp_bind(udp.get(), reinterpret_cast<const sockaddr*>(&native), 0);
  if (code == 0) {
    int receive_buffer = kReceiveBuffer;
    uv_recv_buffer_size(udp.handle(), &receive_buffer);
    code = uv_udp_recv_start(
        udp.get(),
        [](uv_handle_t* handle, size_t, uv_buf_t* buffer) noexcept {
          auto* self = owner_of<GossipSocket>(handle);
          *buffer = self != nullptr ? self->loop_.read_buffer() : uv_buf_init(nullptr, 0);
        },
        [](uv_udp_t* handle, ssize_t size, const uv_buf_t* buffer, const sockaddr* from,
           unsigned flags) noexcept {
          if (auto* self = owner_of<GossipSocket>(handle))
            self->on_received(size, buffer->base, from, flags);
        });
  }
  if (code != 0)
    return Error{Errc::kIo, "cannot gossip on " + address.to_string() + ": " + uv_strerror(code)};
  sockaddr_storage bound{};
  int size = sizeof bound;
  ES_ASSERT(uv_udp_getsockname(udp.get(), reinterpret_cast<sockaddr*>(&bound), &size) == 0);
  udp_ = std::move(udp);
  return from_native(reinterpret_cast<const sockaddr*>(&bound));
}

Status GossipSocket::send(const SocketAddress& to, std::string_view payload) {
  if (!udp_.open()) return unavailable("the gossip port is not open");
  if (payload.size() > kMaxPayload)
    return Error{Errc::kLimit, "a gossip message does not fit into a datagram"};
  ES_TRY(const sockaddr_storage native, to_native(to));
  std::string sealed = keys_.seal(payload, kContext);
  const uv_buf_t buffer = uv_buf_init(sealed.data(), static_cast<unsigned>(sealed.size()));
  const int code =
      uv_udp_try_send(udp_.get(), &buffer, 1, reinterpret_cast<const sockaddr*>(&native));
  if (code < 0) {
    ++counters_.unsent;
    return Error{Errc::kIo, "cannot gossip to " + to.to_string() + ": " + uv_strerror(code)};
  }
  ++counters_.sent;
  return {};
}

void GossipSocket::on_received(ssize_t size, const char* bytes, const sockaddr* from,
                               unsigned flags) {
  if (size < 0 || from == nullptr)
    return;  // an ICMP answer to an earlier send, or nothing left to read
  const std::string_view sealed(bytes, static_cast<size_t>(size));
  const bool whole =
      (flags & UV_UDP_PARTIAL) == 0 && sealed.size() <= kMaxPayload + crypto::kSealOverhead;
  const auto payload = whole ? keys_.open(sealed, kContext) : corrupt("too long");
  if (!payload.ok()) {
    ++counters_.unreadable;
    return;
  }
  ++counters_.received;
  on_datagram_(from_native(from), *payload);
}

}  // namespace es::linux_net
