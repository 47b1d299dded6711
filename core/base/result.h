#pragma once
// Result<T>: the value of an operation, or why it failed. For operating failures only: a bug asserts, and an outcome that
// belongs to the domain (not leader, no suitable node) is a value of its own type.

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "core/base/assert.h"

namespace es {

// What kind of failure it is; services/api maps it to an HTTP status.
enum class Errc {
  kInvalid,         // the request is wrong and stays wrong (400)
  kNotFound,        // 404
  kConflict,        // the name is taken, or the object is in use (409)
  kOutOfSequence,   // the version is not the current one ("update out of sequence", 500 as in Swarm)
  kPrecondition,    // right request, wrong state of the cluster (400)
  kUnauthorized,    // a certificate, token or role does not allow it (403)
  kUnavailable,     // no leader, no quorum, not a manager, peer gone (503)
  kLimit,           // a bound was reached (429 or 413)
  kUnsupported,     // (501)
  kCorrupt,         // bytes that cannot be what they claim
  kIo,              // the operating system said no
  kTimeout,         //
};

std::string_view errc_name(Errc code);

struct Error {
  Errc code = Errc::kInvalid;
  std::string message;  // one clear sentence for a person, without a trailing dot

  bool operator==(const Error&) const = default;
};

template <class T>
class [[nodiscard]] Result {
  static_assert(!std::is_reference_v<T>, "Result holds values");

 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Pre: ok().
  T& value() & { ES_ASSERT(ok()); return std::get<0>(state_); }
  const T& value() const& { ES_ASSERT(ok()); return std::get<0>(state_); }
  T&& value() && { ES_ASSERT(ok()); return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // Pre: !ok().
  const Error& error() const& { ES_ASSERT(!ok()); return std::get<1>(state_); }
  Error&& error() && { ES_ASSERT(!ok()); return std::get<1>(std::move(state_)); }

  T value_or(T other) && { return ok() ? std::get<0>(std::move(state_)) : std::move(other); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const& { ES_ASSERT(!ok()); return *error_; }
  Error&& error() && { ES_ASSERT(!ok()); return *std::move(error_); }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

inline Error invalid(std::string message) { return {Errc::kInvalid, std::move(message)}; }
inline Error not_found(std::string message) { return {Errc::kNotFound, std::move(message)}; }
inline Error unavailable(std::string message) { return {Errc::kUnavailable, std::move(message)}; }
inline Error corrupt(std::string message) { return {Errc::kCorrupt, std::move(message)}; }

}  // namespace es

#define ES_CONCAT_INNER(a, b) a##b
#define ES_CONCAT(a, b) ES_CONCAT_INNER(a, b)

// ES_CHECK(call()): returns the error of a failed call from the enclosing function, else goes on.
#define ES_CHECK(expression)                                                            \
  do {                                                                                  \
    if (auto es_check_result = (expression); !es_check_result.ok()) {                   \
      return std::move(es_check_result).error();                                        \
    }                                                                                   \
  } while (false)

// ES_TRY(auto value, call()): declares `value` with the result's value, or returns the error.
#define ES_TRY(declaration, expression) \
  ES_TRY_INNER(ES_CONCAT(es_try_, __LINE__), declaration, expression)
#define ES_TRY_INNER(name, declaration, expression)     \
  auto name = (expression);                             \
  if (!name.ok()) return std::move(name).error();       \
  declaration = std::move(name).value()
