#include "platform/linux/net/tls_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "core/wire/codec.h"
#include "platform/linux/net/native_address.h"

namespace es::linux_net {

namespace {

constexpr size_t kRecordSize = 4096;         // MBEDTLS_SSL_OUT_CONTENT_LEN
constexpr size_t kEncryptAhead = 64 * 1024;  // ciphertext that waits for the kernel
constexpr size_t kKeptOutput = 1024;         // capacity that an idle connection keeps
constexpr unsigned kKeepAliveSeconds = 15;
// RFC 8446 §5.5 bounds what one key may seal, and mbedTLS has no KeyUpdate: the next message dials.
constexpr uint64_t kKeyLifeBytes = uint64_t{64} << 30;

// A peer that does not acknowledge for this long is gone (RFC 5482). Bulk crosses slow links.
Duration user_timeout(Channel channel) {
  return channel == Channel::kControl ? seconds(3) : seconds(20);
}

void set_user_timeout(const Handle<uv_tcp_t>& tcp, Duration timeout) {
  int fd = -1;
  if (uv_fileno(tcp.handle(), &fd) != 0) return;
  const auto value = static_cast<unsigned>(timeout.ms());
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, sizeof value);
}

SocketAddress peer_address(const Handle<uv_tcp_t>& tcp) {
  sockaddr_storage storage{};
  int size = sizeof storage;
  if (uv_tcp_getpeername(tcp.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  return from_native(reinterpret_cast<const sockaddr*>(&storage));
}

}  // namespace

struct TlsConnection::Write {
  uv_write_t request;
  std::string bytes;
};

TlsConnection::TlsConnection(Loop& loop, TlsSession session, TlsSession::Side side, Limits limits,
                             Listener& listener)
    : loop_(loop),
      session_(std::move(session)),
      side_(side),
      limits_(limits),
      listener_(listener),
      last_used_(loop.now()),
      reader_(kAnonymousFrameMax),
      deadline_(loop, [this] { on_deadline(); }),
      tcp_(this, [&](uv_tcp_t* tcp) { return uv_tcp_init(loop.native(), tcp); }) {
  deadline_.after(limits.handshake);
}

void TlsConnection::dial(const SocketAddress& address, Channel channel) {
  ES_ASSERT(state_ == State::kNew);
  state_ = State::kConnecting;
  address_ = address;
  channel_ = channel;
  const auto native = to_native(address);
  if (!native.ok()) return fail(CloseKind::kUnreachable, native.error().message);
  auto* request = new uv_connect_t{};
  const int code = uv_tcp_connect(request, tcp_.get(), reinterpret_cast<const sockaddr*>(&*native),
                                  [](uv_connect_t* done, int status) noexcept {
                                    auto* self = owner_of<TlsConnection>(done->handle);
                                    delete done;
                                    if (self != nullptr) self->on_connected(status);
                                  });
  if (code == 0) return;
  delete request;
  fail(CloseKind::kUnreachable, uv_strerror(code));
}

void TlsConnection::on_connected(int status) {
  if (status != 0) return fail(CloseKind::kUnreachable, uv_strerror(status));
  start();
}

void TlsConnection::accept(Handle<uv_tcp_t> accepted) {
  ES_ASSERT(state_ == State::kNew);
  tcp_ = std::move(accepted);
  tcp_.adopt(this);
  address_ = peer_address(tcp_);
  start();
}

void TlsConnection::start() {
  state_ = State::kHandshake;
  uv_tcp_nodelay(tcp_.get(), 1);
  uv_tcp_keepalive(tcp_.get(), 1, kKeepAliveSeconds);
  set_user_timeout(tcp_, user_timeout(channel_));
  const int code = uv_read_start(
      tcp_.stream(),
      [](uv_handle_t* handle, size_t, uv_buf_t* buffer) noexcept {
        auto* self = owner_of<TlsConnection>(handle);
        *buffer = self != nullptr ? self->loop_.read_buffer() : uv_buf_init(nullptr, 0);
      },
      [](uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) noexcept {
        if (auto* self = owner_of<TlsConnection>(stream)) self->on_read(count, buffer->base);
      });
  if (code != 0) return fail(CloseKind::kLost, uv_strerror(code));
  shake_hands();
  flush();
}

void TlsConnection::on_read(ssize_t count, const char* bytes) {
  if (count == 0) return;
  if (count < 0) {
    const auto code = static_cast<int>(count);
    return fail(CloseKind::kLost, code == UV_EOF ? "the peer ended the connection without a goodbye"
                                                 : uv_strerror(code));
  }
  session_.feed({bytes, static_cast<size_t>(count)});
  if (state_ == State::kHandshake) shake_hands();
  if (state_ == State::kGreeting || state_ == State::kOpen) read_frames();
  flush();
}

void TlsConnection::shake_hands() {
  const auto done = session_.shake_hands();
  if (!done.ok()) {
    const bool refused = done.error().code == Errc::kUnauthorized;
    return fail(refused ? CloseKind::kRefused : CloseKind::kProtocol, done.error().message);
  }
  if (!*done) return;
  state_ = State::kGreeting;
  if (session_.peer()) reader_.set_max(kMemberFrameMax);
  greet();
}

// A TLS 1.3 client is done before the server has looked at its certificate; the server's greeting
// is the proof that it was accepted.
void TlsConnection::greet() {
  const std::string hello = wire::encode(Hello{.channel = channel_});
  const auto header = frame_header(FrameKind::kHello, hello.size());
  const Status written = session_.write(std::string(header.begin(), header.end()) + hello);
  if (!written.ok()) fail(CloseKind::kLost, written.error().message);
}

void TlsConnection::read_frames() {
  std::array<char, kRecordSize> plain;
  while (state_ != State::kClosed) {
    const auto count = session_.read(plain.data(), plain.size());
    if (!count.ok()) {
      switch (count.error().code) {
        case Errc::kUnavailable:
          return fail(CloseKind::kByPeer, count.error().message);
        case Errc::kUnauthorized:
          return fail(CloseKind::kRefused, count.error().message);
        default:
          return fail(CloseKind::kProtocol, count.error().message);
      }
    }
    if (*count == 0) return;
    reader_.append({plain.data(), *count});
    while (state_ != State::kClosed) {
      const auto frame = reader_.next();
      if (!frame.ok()) return fail(CloseKind::kProtocol, frame.error().message);
      if (!frame->has_value()) break;
      on_frame(**frame);
    }
  }
}

void TlsConnection::on_frame(const FrameReader::Frame& frame) {
  if (state_ == State::kGreeting) {
    if (frame.kind != static_cast<uint8_t>(FrameKind::kHello))
      return fail(CloseKind::kProtocol, "the peer does not greet");
    return on_hello(frame.payload);
  }
  last_used_ = loop_.now();
  // A kind that this version does not know is passed over, so that a newer peer may send it.
  if (frame.kind == static_cast<uint8_t>(FrameKind::kMessage))
    listener_.on_message(*this, frame.payload);
}

void TlsConnection::on_hello(std::string_view payload) {
  const auto hello = wire::decode<Hello>(payload);
  if (!hello.ok() || hello->version == 0 || hello->channel > Channel::kBulk) {
    return fail(CloseKind::kProtocol, "the peer's greeting is not understood");
  }
  state_ = State::kOpen;
  deadline_.cancel();
  if (side_ == TlsSession::Side::kServer) {
    channel_ = hello->channel;
    set_user_timeout(tcp_, user_timeout(channel_));
    if (!session_.peer()) deadline_.after(std::min(limits_.anonymous_silence, limits_.anonymous_life));
  }
  listener_.on_open(*this);
}

Status TlsConnection::send(std::string payload) {
  if (state_ == State::kClosed) return unavailable("the connection is closed");
  if (payload.size() > kMemberFrameMax) {
    return Error{Errc::kLimit, "a message of " + std::to_string(payload.size()) +
                                   " bytes is larger than a frame"};
  }
  const size_t size = kFrameHeaderSize + payload.size();
  if (queued_bytes_ + size > limits_.send_queue_bytes) {
    refused_a_send_ = true;
    return Error{Errc::kLimit, "the queue to " + address_.to_string() + " is full"};
  }
  last_used_ = loop_.now();
  queued_bytes_ += size;
  queue_.push_back(std::move(payload));
  if (state_ == State::kOpen) flush();
  return {};
}

// Hands the kernel as much as it takes now; on_written goes on with the rest.
void TlsConnection::flush() {
  while (state_ != State::kClosed && !writing_) {
    if (state_ == State::kOpen) encrypt_queued();
    if (session_.output().empty()) break;
    write_out();
  }
  if (!writing_ && queue_.empty() && encrypted_bytes_ > kKeyLifeBytes) {
    close({CloseKind::kByUs, "its keys have sealed enough"});
  }
}

void TlsConnection::encrypt_queued() {
  std::array<char, kRecordSize> record;
  while (!queue_.empty() && session_.output().size() < kEncryptAhead) {
    const size_t size = take_from_queue(record.data(), record.size());
    encrypted_bytes_ += size;
    const Status written = session_.write({record.data(), size});
    if (!written.ok()) return fail(CloseKind::kLost, written.error().message);
  }
}

// Small frames share a record.
size_t TlsConnection::take_from_queue(char* to, size_t room) {
  size_t filled = 0;
  while (filled < room && !queue_.empty()) {
    const std::string& payload = queue_.front();
    const auto header = frame_header(FrameKind::kMessage, payload.size());
    const std::string_view rest =
        front_sent_ < header.size()
            ? std::string_view(header.data(), header.size()).substr(front_sent_)
            : std::string_view(payload).substr(front_sent_ - header.size());
    const size_t count = std::min(rest.size(), room - filled);
    std::copy_n(rest.begin(), count, to + filled);
    filled += count;
    front_sent_ += count;
    queued_bytes_ -= count;
    if (front_sent_ < header.size() + payload.size()) continue;
    front_sent_ = 0;
    queue_.pop_front();
  }
  return filled;
}

void TlsConnection::write_out() {
  std::string& output = session_.output();
  const uv_buf_t now = uv_buf_init(output.data(), static_cast<unsigned>(output.size()));
  const int taken = uv_try_write(tcp_.stream(), &now, 1);
  if (taken < 0 && taken != UV_EAGAIN) return fail(CloseKind::kLost, uv_strerror(taken));
  output.erase(0, static_cast<size_t>(std::max(taken, 0)));
  if (output.empty()) {
    if (queue_.empty() && output.capacity() > kKeptOutput) std::string().swap(output);
    return;
  }
  auto* write = new Write{{}, std::exchange(output, {})};
  const uv_buf_t rest =
      uv_buf_init(write->bytes.data(), static_cast<unsigned>(write->bytes.size()));
  write->request.data = write;
  const int code =
      uv_write(&write->request, tcp_.stream(), &rest, 1, [](uv_write_t* done, int status) noexcept {
        auto* self = owner_of<TlsConnection>(done->handle);
        delete static_cast<Write*>(done->data);
        if (self != nullptr) self->on_written(status);
      });
  if (code != 0) {
    delete write;
    return fail(CloseKind::kLost, uv_strerror(code));
  }
  writing_ = true;
}

void TlsConnection::on_written(int status) {
  writing_ = false;
  if (status != 0) return fail(CloseKind::kLost, uv_strerror(status));
  flush();
  if (refused_a_send_ && state_ == State::kOpen && queued_bytes_ <= limits_.send_queue_bytes / 2) {
    refused_a_send_ = false;
    listener_.on_drained(*this);
  }
}

void TlsConnection::on_deadline() {
  switch (state_) {
    case State::kConnecting:
      return fail(CloseKind::kUnreachable, "nobody answers");
    case State::kOpen:
      return fail(CloseKind::kByUs, "a peer without a certificate stayed too long");
    default:
      return fail(CloseKind::kProtocol, "the peer did not complete the handshake in time");
  }
}

void TlsConnection::close(Closed why) {
  if (state_ == State::kClosed) return;
  if (state_ == State::kOpen || state_ == State::kGreeting) session_.say_goodbye();
  state_ = State::kClosed;
  std::string& output = session_.output();  // the goodbye, or the alert that says why we refuse
  if (!output.empty() && !writing_) {
    const uv_buf_t last = uv_buf_init(output.data(), static_cast<unsigned>(output.size()));
    uv_try_write(tcp_.stream(), &last, 1);
  }
  std::string().swap(output);
  deadline_.cancel();
  queue_.clear();
  queued_bytes_ = 0;
  tcp_.reset();
  listener_.on_closed(*this, why);
}

}  // namespace es::linux_net
