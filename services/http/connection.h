#pragma once
// Connection: one client of the server. Requests are answered one at a time, in order; while one is being answered, what the client sends
// waits in a bounded buffer and then in the kernel. Its owner is the server; it asks to be deleted through Owner::on_closed().

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <uv.h>

#include "services/http/handler.h"
#include "services/http/request_parser.h"

namespace es::http {

struct Timeouts {
  uint64_t idle_ms = 60'000;     // without a request; for a whole request; for each piece of a streamed body or answer
  uint64_t linger_ms = 2'000;    // for a refused client to read why
};

class Connection final : public Exchange, private RequestParser::Events {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual Handler& handler() = 0;
    virtual const Headers& common_headers() const = 0;
    virtual const Timeouts& timeouts() const = 0;
    virtual void on_closed(Connection& connection) = 0;  // deletes it
  };

  Connection(uv_loop_t* loop, Owner& owner);
  ~Connection() override;

  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&pipe_); }
  // Begins to read. Pre: stream() was accepted.
  void open();
  // Answers every request with this error and closes. Pre: instead of open().
  void refuse(int status, std::string_view message);
  void close();

 private:
  enum class Phase {
    kReading,    // a request, or the pause between two
    kAnswering,  // the request is complete; its answer is not
    kLingering,  // all is said; what still comes is thrown away
    kClosed,
  };

  void send(Response response) override;
  void start(int status, Headers headers) override;
  void write(std::string_view piece) override;
  void finish() override;
  void abandon() override;
  size_t queued_bytes() const override { return output_.size() + in_flight_.size(); }
  void pause_body(bool paused) override;

  bool on_head(const Request& head, bool has_body) override;
  void on_body(std::string_view piece) override;

  void on_read(std::string_view bytes);
  void on_read_end();
  void on_written(int status);
  void on_timeout();

  void pump();
  void on_request_complete();
  void reject(int status, std::string_view message);
  void put_head(int status, const Headers& headers, const std::string& framing);
  void flush();
  void after_answer();
  void begin_request();
  void linger();
  void discard(size_t byte_count);
  void update_reading();
  void arm(uint64_t timeout_ms);
  void notify_gone();

  Owner& owner_;
  uv_pipe_t pipe_{};
  uv_timer_t timer_{};
  uv_write_t write_{};
  uv_shutdown_t shutdown_{};
  int open_handles_ = 2;

  Phase phase_ = Phase::kReading;
  RequestParser parser_;
  std::string input_;  // not parsed yet
  bool is_reading_ = false;
  bool is_pumping_ = false;
  bool input_ended_ = false;

  // Of the request at hand.
  std::unique_ptr<BodySink> sink_;
  bool streams_body_ = false;
  bool is_body_paused_ = false;
  bool wants_continue_ = false;  // the client waits for "100 Continue"
  uint64_t discarded_bytes_ = 0;
  std::weak_ptr<Answer> answer_;
  bool has_answer_ = false;  // expected or under way
  bool head_was_sent_ = false;
  bool is_chunked_ = false;
  bool is_head_request_ = false;
  bool is_http_1_0_ = false;
  bool keep_alive_ = true;

  std::string output_;
  std::string in_flight_;
};

}  // namespace es::http
