#pragma once
// What our own daemon answers: lists of all services, tasks or nodes are longer than any document that a client may send.

#include "services/json/json.h"

namespace es::json {

constexpr size_t kMaxAnswerBytes = 64 << 20;
constexpr size_t kMaxAnswerValues = 4'000'000;

// As parse(), within these bounds.
Result<Json> parse_answer(std::string_view text);

}  // namespace es::json
