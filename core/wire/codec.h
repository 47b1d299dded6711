#pragma once
// The byte codec, derived from the field lists (core/base/fields.h). The bytes are protobuf's (developers.google.com/protocol-buffers,
// "Encoding"): tag = number << 3 | wire type; signed numbers zigzag; strings, ids and structs length-delimited; lists unpacked; maps
// as lists of {1: key, 2: value}; a variant as a struct whose one field is numbered by its alternative, from 1. Fields that hold their
// struct's default are left out. The same value gives the same bytes on every machine.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/fields.h"
#include "core/base/id.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/wire/bytes.h"

namespace es::wire {

// Structs inside structs; a hostile message may not exhaust the stack.
constexpr int kMaxDepth = 32;

// Elements of one list or map: a list of empty structs is two bytes each on the wire and much more in memory.
constexpr size_t kMaxElements = 65'536;

template <HasFields T>
void encode_fields(const T& object, Writer& out);
template <HasFields T>
Status decode_fields(Reader& in, T& object, int depth);

namespace detail {

template <class T> struct IsId : std::false_type {};
template <class Tag> struct IsId<Id<Tag>> : std::true_type {};
template <class T> struct IsVector : std::false_type {};
template <class T> struct IsVector<std::vector<T>> : std::true_type {};
template <class T> struct IsMap : std::false_type {};
template <class K, class V> struct IsMap<std::map<K, V>> : std::true_type {};
template <class T> struct IsOptional : std::false_type {};
template <class T> struct IsOptional<std::optional<T>> : std::true_type {};
template <class T> struct IsVariant : std::false_type {};
template <class... T> struct IsVariant<std::variant<T...>> : std::true_type {};

template <class T>
concept TimeValue = std::is_same_v<T, Duration> || std::is_same_v<T, Instant> || std::is_same_v<T, WallTime>;

template <class T>
concept Scalar = std::is_integral_v<T> || std::is_enum_v<T> || TimeValue<T>;

template <Scalar T>
uint64_t to_varint(T value) {
  if constexpr (TimeValue<T>) return zigzag(value.ns);
  else if constexpr (std::is_enum_v<T>) return static_cast<uint64_t>(value);
  else if constexpr (std::is_signed_v<T>) return zigzag(value);
  else return value;
}

template <Scalar T>
T from_varint(uint64_t raw) {
  if constexpr (TimeValue<T>) return T{unzigzag(raw)};
  else if constexpr (std::is_enum_v<T>) return static_cast<T>(raw);
  else if constexpr (std::is_same_v<T, bool>) return raw != 0;
  else if constexpr (std::is_signed_v<T>) return static_cast<T>(unzigzag(raw));
  else return static_cast<T>(raw);
}

template <class T>
constexpr WireType wire_type() {
  return Scalar<T> ? WireType::kVarint : WireType::kBytes;
}

template <class T> void encode_value(const T& value, Writer& out);

// The payload of one length-delimited value, without its length.
template <class T>
void encode_payload(const T& value, Writer& out) {
  if constexpr (std::is_same_v<T, std::string>) {
    out.raw(value);
  } else if constexpr (IsId<T>::value) {
    out.big_endian(value.bits.high);
    out.big_endian(value.bits.low);
  } else if constexpr (IsVariant<T>::value) {
    std::visit([&](const auto& alternative) {
      using A = std::remove_cvref_t<decltype(alternative)>;
      out.tag(static_cast<uint32_t>(value.index()) + 1, wire_type<A>());
      encode_value(alternative, out);
    }, value);
  } else {
    encode_fields(value, out);
  }
}

template <class T>
void encode_value(const T& value, Writer& out) {
  if constexpr (Scalar<T>) {
    out.varint(to_varint(value));
  } else {
    const size_t begin = out.begin_run();
    encode_payload(value, out);
    out.end_run(begin);
  }
}

template <class T>
void encode_field(uint32_t number, const T& value, Writer& out) {
  if constexpr (IsVector<T>::value) {
    for (const typename T::value_type& element : value) {  // by value_type: vector<bool> has proxies
      out.tag(number, wire_type<typename T::value_type>());
      encode_value(element, out);
    }
  } else if constexpr (IsMap<T>::value) {
    for (const auto& [key, mapped] : value) {
      out.tag(number, WireType::kBytes);
      const size_t begin = out.begin_run();
      encode_field(1, key, out);
      encode_field(2, mapped, out);
      out.end_run(begin);
    }
  } else if constexpr (IsOptional<T>::value) {
    if (!value) return;
    out.tag(number, wire_type<typename T::value_type>());
    encode_value(*value, out);
  } else {
    out.tag(number, wire_type<T>());
    encode_value(value, out);
  }
}

// Shorter ones stand in the string itself.
constexpr size_t kShortText = 15;
constexpr size_t text_cost(size_t size) { return size > kShortText ? size + 1 : 0; }

// Beside the key and the value: three pointers, a colour, and what the allocator keeps.
constexpr size_t kMapNodeBytes = 48;

template <class T> Status decode_value(Reader& in, T& value, int depth);

template <class Variant, size_t... I>
Status decode_alternative(Reader& in, size_t index, Variant& value, int depth,
                          std::index_sequence<I...>) {
  Status status = corrupt("message of a kind that this version does not know");
  const auto try_one = [&]<size_t Alternative>(std::integral_constant<size_t, Alternative>) {
    if (Alternative == index) status = decode_value(in, value.template emplace<Alternative>(), depth);
  };
  (try_one(std::integral_constant<size_t, I>()), ...);
  return status;
}

template <class T>
Status decode_payload(Reader& in, T& value, int depth) {
  if (depth > kMaxDepth) return corrupt("message nested too deeply");
  if constexpr (std::is_same_v<T, std::string>) {
    ES_CHECK(in.take(text_cost(in.rest_view().size())));
    value = std::string(in.rest());
    return {};
  } else if constexpr (IsId<T>::value) {
    ES_TRY(value.bits.high, in.big_endian());
    ES_TRY(value.bits.low, in.big_endian());
    return in.done() ? Status() : corrupt("id of a wrong length");
  } else if constexpr (IsVariant<T>::value) {
    ES_TRY(const Tag tag, in.tag());
    ES_CHECK(decode_alternative(in, tag.number - 1, value, depth,
                                std::make_index_sequence<std::variant_size_v<T>>()));
    return in.done() ? Status() : corrupt("message with two kinds");
  } else {
    return decode_fields(in, value, depth);
  }
}

template <class T>
Status decode_value(Reader& in, T& value, int depth) {
  if constexpr (Scalar<T>) {
    ES_TRY(const uint64_t raw, in.varint());
    value = from_varint<T>(raw);
    return {};
  } else {
    ES_TRY(Reader payload, in.sub());
    return decode_payload(payload, value, depth + 1);
  }
}

template <class T>
Status decode_field(Reader& in, T& value, int depth) {
  if constexpr (IsVector<T>::value) {
    if (value.size() == kMaxElements) return corrupt("list with too many elements");
    ES_CHECK(in.take(sizeof(typename T::value_type)));
    typename T::value_type element{};
    ES_CHECK(decode_value(in, element, depth));
    value.push_back(std::move(element));
    return {};
  } else if constexpr (IsMap<T>::value) {
    if (value.size() == kMaxElements) return corrupt("map with too many elements");
    ES_CHECK(in.take(sizeof(typename T::value_type) + kMapNodeBytes));
    ES_TRY(Reader entry, in.sub());
    typename T::key_type key{};
    typename T::mapped_type mapped{};
    while (!entry.done()) {
      ES_TRY(const Tag tag, entry.tag());
      if (tag.number == 1 && tag.type == wire_type<typename T::key_type>()) {
        ES_CHECK(decode_field(entry, key, depth + 1));
      } else if (tag.number == 2 && tag.type == wire_type<typename T::mapped_type>()) {
        ES_CHECK(decode_field(entry, mapped, depth + 1));
      } else {
        ES_CHECK(entry.skip(tag.type));
      }
    }
    value.insert_or_assign(std::move(key), std::move(mapped));
    return {};
  } else if constexpr (IsOptional<T>::value) {
    value.emplace();
    return decode_value(in, *value, depth);
  } else {
    return decode_value(in, value, depth);
  }
}

template <class T>
constexpr WireType field_wire_type() {
  if constexpr (IsVector<T>::value || IsOptional<T>::value) return wire_type<typename T::value_type>();
  else return wire_type<T>();
}

}  // namespace detail

template <HasFields T>
void encode_fields(const T& object, Writer& out) {
  // A field that holds what decoding would leave there needs no bytes.
  [[maybe_unused]] static const T defaults{};
  for_each_field(object, [&](const auto& one, const auto& value) {
    if (value == defaults.*(one.member)) return;
    detail::encode_field(static_cast<uint32_t>(one.number), value, out);
  });
  if constexpr (KeepsUnknownFields<T>) out.raw(object.unknown_fields);
}

template <HasFields T>
Status decode_fields(Reader& in, T& object, int depth) {
  while (!in.done()) {
    const std::string_view from = in.rest_view();
    ES_TRY(const Tag tag, in.tag());
    bool known = false;
    Status status;
    for_each_field(object, [&](const auto& one, auto& value) {
      if (known || static_cast<uint32_t>(one.number) != tag.number) return;
      if (tag.type != detail::field_wire_type<std::remove_cvref_t<decltype(value)>>()) return;
      known = true;
      status = detail::decode_field(in, value, depth);
    });
    ES_CHECK(std::move(status));
    if (known) continue;
    ES_CHECK(in.skip(tag.type));
    if constexpr (KeepsUnknownFields<T>) {
      const size_t size = from.size() - in.rest_view().size();
      ES_CHECK(in.take(size));
      object.unknown_fields.append(from.substr(0, size));
    }
  }
  return {};
}

// Any type that a field may have, structs and variants first of all.
template <class T>
std::string encode(const T& value) {
  Writer out;
  detail::encode_payload(value, out);
  return std::move(out).take();
}

// Errors: kCorrupt. Fields that are not there keep their defaults.
template <class T>
Result<T> decode(std::string_view bytes) {
  Reader in(bytes);
  T value{};
  ES_CHECK(detail::decode_payload(in, value, 0));
  return value;
}

// The same for bytes that somebody else wrote. Errors: kCorrupt; kLimit when the value would take more than the budget.
template <class T>
Result<T> decode(std::string_view bytes, Budget& budget) {
  Reader in(bytes, &budget);
  T value{};
  ES_CHECK(detail::decode_payload(in, value, 0));
  return value;
}

}  // namespace es::wire
