#include "services/http/connection.h"

#include <array>
#include <cstdio>
#include <utility>

namespace es::http {

namespace {

constexpr size_t kMaxInputBytes = 64 << 10;       // waiting behind the request that is being answered
constexpr uint64_t kMaxDiscardedBytes = 64 << 20;  // of a body that is not wanted any more

Connection& connection_of(void* data) { return *static_cast<Connection*>(data); }

// No header of ours may end early and begin another one.
void put_header(std::string& out, const Header& header) {
  out += header.name;
  out += ": ";
  for (const char c : header.value) out.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
  out += "\r\n";
}

bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

Connection::Connection(uv_loop_t* loop, Owner& owner) : owner_(owner), parser_(*this) {
  ES_ASSERT(uv_pipe_init(loop, &pipe_, 0) == 0);
  ES_ASSERT(uv_timer_init(loop, &timer_) == 0);
  pipe_.data = timer_.data = write_.data = this;
}

Connection::~Connection() { ES_ASSERT(open_handles_ == 0); }

void Connection::open() {
  begin_request();
  update_reading();
}

void Connection::refuse(int status, std::string_view message) {
  begin_request();
  reject(status, message);
  update_reading();
}

void Connection::close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  const auto on_handle_closed = [](uv_handle_t* handle) noexcept {
    Connection& self = connection_of(handle->data);
    if (--self.open_handles_ == 0) self.owner_.on_closed(self);
  };
  uv_close(reinterpret_cast<uv_handle_t*>(&pipe_), on_handle_closed);
  uv_close(reinterpret_cast<uv_handle_t*>(&timer_), on_handle_closed);
  notify_gone();
  sink_.reset();
}

void Connection::notify_gone() {
  has_answer_ = false;
  const auto answer = answer_.lock();
  if (!answer || answer->exchange == nullptr) return;
  answer->exchange = nullptr;
  const auto drained = std::exchange(answer->drained_callback, nullptr);
  if (const auto callback = std::exchange(answer->gone_callback, nullptr)) callback();
}

// --- reading -------------------------------------------------------------------------------------------------------

void Connection::begin_request() {
  phase_ = Phase::kReading;
  streams_body_ = is_body_paused_ = wants_continue_ = head_was_sent_ = is_chunked_ = false;
  is_head_request_ = is_http_1_0_ = false;
  keep_alive_ = true;
  discarded_bytes_ = 0;
  arm(owner_.timeouts().idle_ms);
}

void Connection::update_reading() {
  if (phase_ == Phase::kClosed) return;
  const bool wanted = !input_ended_ && input_.size() < kMaxInputBytes;
  if (wanted == is_reading_) return;
  is_reading_ = wanted;
  if (!wanted) {
    uv_read_stop(stream());
    return;
  }
  // One buffer for all connections: what it holds is copied before the next read.
  static std::array<char, kMaxInputBytes> buffer;
  uv_read_start(
      stream(),
      [](uv_handle_t*, size_t, uv_buf_t* out) noexcept { *out = uv_buf_init(buffer.data(), buffer.size()); },
      [](uv_stream_t* from, ssize_t length, const uv_buf_t* in) noexcept {
        Connection& self = connection_of(from->data);
        if (length > 0) self.on_read({in->base, static_cast<size_t>(length)});
        else if (length == UV_EOF) self.on_read_end();
        else if (length < 0) self.close();
      });
}

void Connection::on_read(std::string_view bytes) {
  if (phase_ == Phase::kLingering) return discard(bytes.size());
  const bool had_begun = parser_.has_begun();
  input_.append(bytes);
  pump();
  // A request has one deadline from its first byte on: a client that sends a byte a minute does not hold a place.
  if (phase_ == Phase::kReading && !had_begun && parser_.has_begun()) arm(owner_.timeouts().idle_ms);
  update_reading();
}

// The client said all that it has to say. It may still wait for a whole answer, but who is sent a stream has gone.
void Connection::on_read_end() {
  input_ended_ = true;
  update_reading();
  if (phase_ == Phase::kReading && parser_.has_begun()) return reject(400, "the request is cut off");
  if (phase_ != Phase::kAnswering || (head_was_sent_ && has_answer_)) close();
}

void Connection::pump() {
  if (is_pumping_) return;
  is_pumping_ = true;
  while (phase_ == Phase::kReading && !input_.empty() && !is_body_paused_) {
    const RequestParser::Fed fed = parser_.feed(input_);
    if (phase_ == Phase::kClosed) break;
    input_.erase(0, fed.consumed);
    if (fed.error) {
      reject(fed.error->status, fed.error->message);
    } else if (fed.complete) {
      on_request_complete();
    } else if (std::exchange(wants_continue_, false)) {
      output_ += "HTTP/1.1 100 Continue\r\n\r\n";
      flush();
    }
  }
  is_pumping_ = false;
  update_reading();
}

bool Connection::on_head(const Request& head, bool has_body) {
  is_head_request_ = head.method == "HEAD";
  is_http_1_0_ = head.is_http_1_0;
  keep_alive_ = head.keep_alive;
  if (!has_body) return true;
  has_answer_ = true;
  const auto answer = std::make_shared<Answer>(this);
  answer_ = answer;
  sink_ = owner_.handler().stream(head, Responder(answer));
  const bool was_answered = !has_answer_;
  streams_body_ = sink_ != nullptr || was_answered;
  if (!streams_body_) {
    answer->exchange = nullptr;
    has_answer_ = false;
  }
  const auto expect = find_header(head.headers, "Expect");
  wants_continue_ = !was_answered && expect && equal_ignoring_case(*expect, "100-continue");
  return !streams_body_;
}

void Connection::on_body(std::string_view piece) {
  if (phase_ != Phase::kReading) return;
  if (!sink_ || !has_answer_) return discard(piece.size());
  if (!is_body_paused_) arm(owner_.timeouts().idle_ms);
  sink_->on_piece(piece);
}

// The answer came before the end of the body, or the request was refused: what the client still sends is read, so that it does not
// fail in writing before it has read why.
void Connection::discard(size_t byte_count) {
  discarded_bytes_ += byte_count;
  if (discarded_bytes_ > kMaxDiscardedBytes) close();
}

void Connection::on_request_complete() {
  Request request = parser_.take();
  phase_ = Phase::kAnswering;
  uv_timer_stop(&timer_);
  if (streams_body_) {
    if (const auto sink = std::move(sink_); sink && has_answer_) sink->on_end();
    if (!has_answer_ && queued_bytes() == 0) after_answer();
    return;
  }
  has_answer_ = true;
  const auto answer = std::make_shared<Answer>(this);
  answer_ = answer;
  owner_.handler().handle(std::move(request), Responder(answer));
}

void Connection::pause_body(bool paused) {
  if (is_body_paused_ == paused || phase_ != Phase::kReading) return;
  is_body_paused_ = paused;
  if (paused) {
    uv_timer_stop(&timer_);
  } else {
    arm(owner_.timeouts().idle_ms);
    pump();
  }
}

void Connection::reject(int status, std::string_view message) {
  notify_gone();  // first: the sink may hold the last responder, whose going would be an answer
  sink_.reset();
  if (head_was_sent_ || phase_ == Phase::kClosed) return close();
  phase_ = Phase::kAnswering;
  keep_alive_ = false;
  send(error_response(status, message));
}

// --- answering -----------------------------------------------------------------------------------------------------

void Connection::put_head(int status, const Headers& headers, const std::string& framing) {
  head_was_sent_ = true;
  output_ += "HTTP/1.1 " + std::to_string(status) + " ";
  output_ += reason_phrase(status);
  output_ += "\r\n";
  for (const Header& header : owner_.common_headers()) put_header(output_, header);
  for (const Header& header : headers) put_header(output_, header);
  output_ += framing;
  if (!keep_alive_) output_ += "Connection: close\r\n";
  output_ += "\r\n";
}

void Connection::send(Response response) {
  has_answer_ = false;
  const std::string length = "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  put_head(response.status, response.headers, has_no_body(response.status) ? std::string() : length);
  if (!is_head_request_ && !has_no_body(response.status)) output_ += response.body;
  flush();
}

void Connection::start(int status, Headers headers) {
  is_chunked_ = !is_http_1_0_;
  if (!is_chunked_) keep_alive_ = false;  // the end of the connection is the end of the body
  put_head(status, headers, is_chunked_ ? "Transfer-Encoding: chunked\r\n" : std::string());
  flush();
}

void Connection::write(std::string_view piece) {
  if (is_head_request_) return;
  if (queued_bytes() + piece.size() > kMaxQueuedBytes) return close();
  if (is_chunked_) {
    std::array<char, 24> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", piece.size());
    output_ += size.data();
  }
  output_ += piece;
  if (is_chunked_) output_ += "\r\n";
  flush();
}

void Connection::finish() {
  has_answer_ = false;
  if (is_chunked_ && !is_head_request_) output_ += "0\r\n\r\n";
  if (queued_bytes() == 0) after_answer();
  else flush();
}

void Connection::abandon() {
  if (head_was_sent_) return close();
  send(error_response(500, "the request was dropped without an answer"));
}

void Connection::flush() {
  if (phase_ == Phase::kClosed || !in_flight_.empty() || output_.empty()) return;
  in_flight_.swap(output_);
  const uv_buf_t buffer = uv_buf_init(in_flight_.data(), static_cast<unsigned>(in_flight_.size()));
  const auto on_done = [](uv_write_t* request, int status) noexcept { connection_of(request->data).on_written(status); };
  if (uv_write(&write_, stream(), &buffer, 1, on_done) != 0) return close();
  if (phase_ == Phase::kAnswering) arm(owner_.timeouts().idle_ms);
}

void Connection::on_written(int status) {
  in_flight_.clear();
  if (phase_ == Phase::kClosed) return;
  if (status < 0) return close();
  if (!output_.empty()) return flush();
  in_flight_.shrink_to_fit();  // an answer may have been megabytes; the connection stays for a minute
  if (!has_answer_) return after_answer();
  if (phase_ == Phase::kAnswering) uv_timer_stop(&timer_);
  if (const auto answer = answer_.lock(); answer && answer->drained_callback) {
    const auto callback = answer->drained_callback;  // the callback may replace itself
    callback();
  }
}

// The answer has been said and written.
void Connection::after_answer() {
  if (phase_ != Phase::kAnswering) return;  // the request's body is still coming
  if (!keep_alive_ || input_ended_) return linger();
  begin_request();
  pump();
}

void Connection::linger() {
  phase_ = Phase::kLingering;
  if (input_ended_) return close();
  input_.clear();
  const auto on_shut = [](uv_shutdown_t*, int) noexcept {};
  if (uv_shutdown(&shutdown_, stream(), on_shut) != 0) return close();
  arm(owner_.timeouts().linger_ms);
  update_reading();
}

void Connection::arm(uint64_t timeout_ms) {
  if (phase_ == Phase::kClosed) return;
  const auto on_time = [](uv_timer_t* timer) noexcept { connection_of(timer->data).on_timeout(); };
  uv_timer_start(&timer_, on_time, timeout_ms, 0);
}

void Connection::on_timeout() {
  if (phase_ == Phase::kReading && parser_.has_begun()) return reject(408, "the request did not come whole in time");
  close();
}

}  // namespace es::http
