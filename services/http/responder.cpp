#include "services/http/responder.h"

#include <utility>

#include "core/base/assert.h"

namespace es::http {

Answer::~Answer() {
  if (exchange != nullptr) exchange->abandon();
}

void Responder::send(Response response) const {
  ES_ASSERT(!answer_->started);
  if (Exchange* exchange = std::exchange(answer_->exchange, nullptr)) exchange->send(std::move(response));
}

void Responder::start(int status, Headers headers) const {
  ES_ASSERT(!answer_->started);
  if (gone()) return;
  answer_->started = true;
  answer_->exchange->start(status, std::move(headers));
}

void Responder::write(std::string_view piece) const {
  if (gone() || piece.empty()) return;
  ES_ASSERT(answer_->started);
  answer_->exchange->write(piece);
}

// The callbacks may hold what holds this responder: they go with the end of the answer.
void Responder::finish() const {
  ES_ASSERT(answer_->started || gone());
  const auto gone = std::exchange(answer_->gone_callback, nullptr);
  const auto drained = std::exchange(answer_->drained_callback, nullptr);
  if (Exchange* exchange = std::exchange(answer_->exchange, nullptr)) exchange->finish();
}

size_t Responder::queued_bytes() const { return gone() ? 0 : answer_->exchange->queued_bytes(); }

void Responder::pause_body(bool paused) const {
  if (!gone()) answer_->exchange->pause_body(paused);
}

}  // namespace es::http
