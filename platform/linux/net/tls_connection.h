#pragma once
// TlsConnection: one TCP connection that speaks TLS and frames, from the first byte to the last. It
// is open once both sides have verified each other and greeted. It tells its listener everything,
// and nothing any more once it is closed.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/address.h"
#include "platform/linux/net/frame.h"
#include "platform/linux/net/handle.h"
#include "platform/linux/net/loop.h"
#include "platform/linux/net/timer.h"
#include "platform/linux/net/tls_session.h"

namespace es::linux_net {

enum class CloseKind {
  kByUs,         // close() was called
  kByPeer,       // the peer said goodbye
  kLost,         // reset, timed out, or ended without a goodbye: the peer is gone or was restarted
  kUnreachable,  // a dial that nobody answered
  kRefused,      // we refuse the peer or the peer refuses us
  kProtocol,     // not our protocol, or beyond a bound
};

struct Closed {
  CloseKind kind = CloseKind::kByUs;
  std::string reason;  // one sentence for people

  // The peer's process or the way to it is gone, as opposed to an end that somebody wanted.
  bool was_reset() const { return kind == CloseKind::kLost || kind == CloseKind::kUnreachable; }
};

class TlsConnection {
 public:
  struct Limits {
    size_t send_queue_bytes = 8 * 1024 * 1024;
    Duration handshake = seconds(5);        // from the dial or the accept to the peer's greeting
    // A peer without a certificate asks one thing and goes: it asks within `anonymous_silence` of the
    // greeting, and gets its answer within `anonymous_life`.
    Duration anonymous_silence = seconds(3);
    Duration anonymous_life = seconds(30);
    Duration farewell = seconds(1);  // for the answer to get out
  };

  // Called on the loop. The connection must not be destroyed inside a call; it may be closed.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_open(TlsConnection& connection) = 0;
    virtual void on_message(TlsConnection& connection, std::string_view payload) = 0;
    // The queue is at most half full again after a send() was refused for it.
    virtual void on_drained(TlsConnection& connection) = 0;
    // Once, from inside close() too.
    virtual void on_closed(TlsConnection& connection, const Closed& closed) = 0;
  };

  // `listener` outlives the connection.
  TlsConnection(Loop& loop, TlsSession session, TlsSession::Side side, Limits limits,
                Listener& listener);
  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;

  // One of the two, once. What goes wrong comes as on_closed.
  void dial(const SocketAddress& address, Channel channel);
  void accept(Handle<uv_tcp_t> accepted);

  // Queued until the connection is open. Errors: kLimit when the queue is full (the payload is
  // dropped) or the payload is larger than a frame; kUnavailable once it is closed.
  Status send(std::string payload);
  // Drops what is queued.
  void close(Closed why);
  // A peer without a certificate has asked: its time to do so counts no more, the answer's begins.
  void await_answer() { deadline_.after(limits_.anonymous_life); }
  // The peer has what it wanted: it goes, or is closed after the farewell.
  void end_soon() { deadline_.after(limits_.farewell); }

  bool is_open() const { return state_ == State::kOpen; }
  bool is_closed() const { return state_ == State::kClosed; }
  size_t queued_bytes() const { return queued_bytes_; }
  const SocketAddress& address() const { return address_; }
  Channel channel() const { return channel_; }
  Instant last_used() const { return last_used_; }
  // Pre: is_open().
  const std::optional<VerifiedPeer>& peer() const { return session_.peer(); }

 private:
  enum class State { kNew, kConnecting, kHandshake, kGreeting, kOpen, kClosed };
  struct Write;

  void start();
  void on_connected(int status);
  void on_read(ssize_t count, const char* bytes);
  void shake_hands();
  void greet();
  void read_frames();
  void on_frame(const FrameReader::Frame& frame);
  void on_hello(std::string_view payload);
  void flush();
  void encrypt_queued();
  size_t take_from_queue(char* to, size_t room);
  void write_out();
  void on_written(int status);
  void on_deadline();
  void fail(CloseKind kind, std::string reason) { close({kind, std::move(reason)}); }

  Loop& loop_;
  TlsSession session_;
  TlsSession::Side side_;
  Limits limits_;
  Listener& listener_;
  State state_ = State::kNew;
  SocketAddress address_;
  Channel channel_ = Channel::kControl;
  Instant last_used_;
  FrameReader reader_;
  std::deque<std::string> queue_;
  size_t front_sent_ = 0;  // bytes of queue_.front(), header included, that are encrypted already
  size_t queued_bytes_ = 0;
  uint64_t encrypted_bytes_ = 0;
  bool writing_ = false;  // a write is with the kernel
  bool refused_a_send_ = false;
  Timer deadline_;
  Handle<uv_tcp_t> tcp_;  // last: nothing calls back into a half-destroyed object
};

}  // namespace es::linux_net
