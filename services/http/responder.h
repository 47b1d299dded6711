#pragma once
// Responder: the right to answer one request, now or later. A handler keeps it as long as it needs; a copy is the same right. It is safe to
// use when the client or the whole server is gone: nothing happens then. On the loop's thread only. When the last copy
// goes away without an answer, the client gets 500.

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "services/http/message.h"

namespace es::http {

// Where an answer goes: a connection, or a test.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual void send(Response response) = 0;
  virtual void start(int status, Headers headers) = 0;
  virtual void write(std::string_view piece) = 0;
  virtual void finish() = 0;
  virtual void abandon() = 0;  // nobody will answer any more
  virtual size_t queued_bytes() const = 0;
  virtual void pause_body(bool paused) = 0;
};

// What the copies of a Responder share. The exchange holds it weakly.
struct Answer {
  explicit Answer(Exchange* to) : exchange(to) {}
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  ~Answer();

  Exchange* exchange;    // null once the answer is finished or the client is gone
  bool started = false;  // an answer in pieces is under way
  std::function<void()> gone_callback;
  std::function<void()> drained_callback;
};

class Responder {
 public:
  explicit Responder(std::shared_ptr<Answer> answer) : answer_(std::move(answer)) {}

  // The whole answer. Pre: nothing was sent or started before.
  void send(Response response) const;

  // An answer in pieces: start, write…, finish; each piece goes out at once.
  void start(int status, Headers headers) const;
  void write(std::string_view piece) const;
  void finish() const;

  bool started() const { return answer_->started; }
  // The answer is finished, or nobody is there to read it.
  bool gone() const { return answer_->exchange == nullptr; }
  // What was written and the client has not taken yet. A source that can wait should, from kManyQueuedBytes on; beyond
  // kMaxQueuedBytes the client is cut off.
  size_t queued_bytes() const;

  // Called once, if the client goes away before the answer is finished. Not from inside a call of this class.
  void on_gone(std::function<void()> callback) const { answer_->gone_callback = std::move(callback); }
  // Called each time the client has taken everything that waited.
  void on_drained(std::function<void()> callback) const { answer_->drained_callback = std::move(callback); }

  // Holds back the pieces of a streamed request body, or lets them flow again.
  void pause_body(bool paused) const;

 private:
  std::shared_ptr<Answer> answer_;
};

constexpr size_t kManyQueuedBytes = 256 << 10;
constexpr size_t kMaxQueuedBytes = 4 << 20;

}  // namespace es::http
