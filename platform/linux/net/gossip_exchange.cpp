#include "platform/linux/net/gossip_exchange.h"

#include "platform/linux/net/native_address.h"

namespace es::linux_net {

namespace {

constexpr std::string_view kQuestion = "edgeswarm gossip question 1";
constexpr std::string_view kAnswer = "edgeswarm gossip answer 1";
constexpr size_t kLengthSize = 4;
constexpr int kBacklog = 16;

std::string with_length(const std::string& sealed) {
  std::string message;
  for (int shift = 24; shift >= 0; shift -= 8)
    message += static_cast<char>(sealed.size() >> shift & 0xff);
  return message + sealed;
}

// An answer is sealed together with its question's nonce: it answers this question and no earlier
// one.
std::string answer_context(std::string_view sealed_question) {
  return std::string(kAnswer) + std::string(sealed_question.substr(0, crypto::kNonceSize));
}

}  // namespace

// One TCP connection: writes one message and reads one, in the order of its side.
class GossipExchange::Conversation {
 public:
  Conversation(GossipExchange& exchange, uint64_t number, Done on_done)
      : id(number),
        done(std::move(on_done)),
        exchange_(exchange),
        deadline_(exchange.loop_,
                  [this] {
                    fail(Error{Errc::kTimeout, "no answer in time"});
                  }),
        tcp_(this, [&](uv_tcp_t* tcp) { return uv_tcp_init(exchange.loop_.native(), tcp); }) {
    deadline_.after(exchange.limits_.patience);
  }

  void ask(const sockaddr_storage& to, std::string sealed) {
    question_ = std::move(sealed);
    auto* request = new uv_connect_t{};
    const int code = uv_tcp_connect(request, tcp_.get(), reinterpret_cast<const sockaddr*>(&to),
                                    [](uv_connect_t* connected, int status) noexcept {
                                      auto* self = owner_of<Conversation>(connected->handle);
                                      delete connected;
                                      if (self != nullptr) self->on_connected(status);
                                    });
    if (code == 0) return;
    delete request;
    fail(unavailable(uv_strerror(code)));
  }

  void accept(uv_stream_t* listening) {
    const int code = uv_accept(listening, tcp_.stream());
    if (code != 0) return fail(unavailable(uv_strerror(code)));
    read();
  }

  void stop() {
    deadline_.cancel();
    tcp_.reset();
  }
  bool stopped() const { return !tcp_.open(); }

  const uint64_t id;
  Done done;  // empty: this side answers

 private:
  struct Write {
    uv_write_t request;
    std::string bytes;
  };

  void fail(Error error) { exchange_.end(*this, std::move(error)); }

  void on_connected(int status) {
    if (status != 0) return fail(unavailable(uv_strerror(status)));
    write(question_);
    if (!stopped()) read();
  }

  void read() {
    const int code = uv_read_start(
        tcp_.stream(),
        [](uv_handle_t* handle, size_t, uv_buf_t* buffer) noexcept {
          auto* self = owner_of<Conversation>(handle);
          *buffer = self != nullptr ? self->exchange_.loop_.read_buffer() : uv_buf_init(nullptr, 0);
        },
        [](uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) noexcept {
          if (auto* self = owner_of<Conversation>(stream)) self->on_read(size, buffer->base);
        });
    if (code != 0) fail(unavailable(uv_strerror(code)));
  }

  void on_read(ssize_t size, const char* bytes) {
    if (size < 0) return fail(unavailable("the other end closed the connection"));
    held_.append(bytes, static_cast<size_t>(size));
    if (held_.size() < kLengthSize) return;
    size_t length = 0;
    for (size_t i = 0; i < kLengthSize; ++i) length = length << 8 | static_cast<uint8_t>(held_[i]);
    if (length > kMaxMessage) return fail(corrupt("a gossip message is larger than 256 KiB"));
    if (held_.size() - kLengthSize < length) return;
    uv_read_stop(tcp_.stream());
    on_message(std::string_view(held_).substr(kLengthSize, length));
  }

  void on_message(std::string_view sealed) {
    if (done) return exchange_.end(*this, exchange_.keys_.open(sealed, answer_context(question_)));
    const auto question = exchange_.keys_.open(sealed, kQuestion);
    if (!question.ok()) return fail(question.error());
    sockaddr_storage peer{};
    int size = sizeof peer;
    uv_tcp_getpeername(tcp_.get(), reinterpret_cast<sockaddr*>(&peer), &size);
    const std::string answer =
        exchange_.answer_(from_native(reinterpret_cast<const sockaddr*>(&peer)), *question);
    write(exchange_.keys_.seal(answer, answer_context(sealed)));
  }

  void write(const std::string& sealed) {
    if (sealed.size() > kMaxMessage)
      return fail(Error{Errc::kLimit, "a gossip message is larger than 256 KiB"});
    auto* message = new Write{{}, with_length(sealed)};
    message->request.data = message;
    const uv_buf_t buffer =
        uv_buf_init(message->bytes.data(), static_cast<unsigned>(message->bytes.size()));
    const int code = uv_write(&message->request, tcp_.stream(), &buffer, 1,
                              [](uv_write_t* written, int status) noexcept {
                                auto* self = owner_of<Conversation>(written->handle);
                                delete static_cast<Write*>(written->data);
                                if (self != nullptr) self->on_written(status);
                              });
    if (code == 0) return;
    delete message;
    fail(unavailable(uv_strerror(code)));
  }

  void on_written(int status) {
    if (status != 0) return fail(unavailable(uv_strerror(status)));
    if (!done) exchange_.end(*this, std::string());
  }

  GossipExchange& exchange_;
  std::string question_;  // sealed
  std::string held_;
  Timer deadline_;
  Handle<uv_tcp_t> tcp_;
};

GossipExchange::GossipExchange(Loop& loop, Limits limits, crypto::KeyRing keys, Answer answer)
    : loop_(loop),
      limits_(limits),
      keys_(std::move(keys)),
      answer_(std::move(answer)),
      reaper_(loop, [this] { reap(); }) {}

GossipExchange::~GossipExchange() = default;

Result<SocketAddress> GossipExchange::listen(const SocketAddress& address) {
  ES_TRY(const sockaddr_storage native, to_native(address));
  Handle<uv_tcp_t> tcp(this, [&](uv_tcp_t* handle) { return uv_tcp_init(loop_.native(), handle); });
  int code = uv_tcp_bind(tcp.get(), reinterpret_cast<const sockaddr*>(&native), 0);
  if (code == 0) {
    code = uv_listen(tcp.stream(), kBacklog, [](uv_stream_t* stream, int status) noexcept {
      if (auto* self = owner_of<GossipExchange>(stream)) self->on_connection(status);
    });
  }
  if (code != 0)
    return Error{Errc::kIo, "cannot listen on " + address.to_string() + ": " + uv_strerror(code)};
  sockaddr_storage bound{};
  int size = sizeof bound;
  ES_ASSERT(uv_tcp_getsockname(tcp.get(), reinterpret_cast<sockaddr*>(&bound), &size) == 0);
  listening_ = std::move(tcp);
  return from_native(reinterpret_cast<const sockaddr*>(&bound));
}

void GossipExchange::on_connection(int status) {
  if (status != 0) return;
  if (count(false) < limits_.answering) return begin(nullptr).accept(listening_.stream());
  ++counters_.turned_away;
  Handle<uv_tcp_t> refused(nullptr,
                           [&](uv_tcp_t* handle) { return uv_tcp_init(loop_.native(), handle); });
  uv_accept(listening_.stream(), refused.stream());
}

void GossipExchange::ask(const SocketAddress& to, std::string_view question, Done done) {
  ES_ASSERT(done != nullptr);
  ++counters_.asked;
  const bool busy = count(true) >= limits_.asking;
  Conversation& conversation = begin(std::move(done));
  if (busy)
    return end(conversation, Error{Errc::kLimit, "there are too many gossip exchanges under way"});
  const auto native = to_native(to);
  if (!native.ok()) return end(conversation, native.error());
  conversation.ask(*native, keys_.seal(question, kQuestion));
}

GossipExchange::Conversation& GossipExchange::begin(Done done) {
  const uint64_t id = ++last_id_;
  auto& slot = conversations_[id];
  slot = std::make_unique<Conversation>(*this, id, std::move(done));
  return *slot;
}

size_t GossipExchange::count(bool asking) const {
  size_t number = 0;
  for (const auto& [id, one] : conversations_)
    number += !one->stopped() && (one->done != nullptr) == asking ? 1 : 0;
  return number;
}

// The conversation may be on the stack: it is destroyed, and its result given, in a turn of ours.
void GossipExchange::end(Conversation& conversation, Result<std::string> result) {
  if (conversation.stopped()) return;
  conversation.stop();
  if (!result.ok()) ++counters_.failed;
  if (result.ok() && !conversation.done) ++counters_.answered;
  if (conversation.done) results_.emplace_back(conversation.done, std::move(result));
  reaper_.at(loop_.now());
}

void GossipExchange::reap() {
  std::erase_if(conversations_, [](const auto& entry) { return entry.second->stopped(); });
  for (auto& [done, result] : std::exchange(results_, {})) done(std::move(result));
}

}  // namespace es::linux_net
