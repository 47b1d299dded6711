#pragma once
// One field list per struct. A struct says once what it is made of:
//
//     struct Platform {
//       std::string architecture;
//       std::string os;
//       static constexpr auto fields() {
//         return std::tuple{field(1, "Architecture", &Platform::architecture), field(2, "OS", &Platform::os)};
//       }
//       bool operator==(const Platform&) const = default;
//     };
//
// and from that list come the wire and disk bytes (core/wire/codec.h), the JSON of the API (services/json) and the diff. The number is
// forever: it is never given to another field. The name is Docker's.
//
// A struct with a member `std::string unknown_fields` keeps the bytes of fields that a newer version wrote, and writes them back.

#include <concepts>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

namespace es {

template <class Struct, class Member>
struct Field {
  int number;             // 1..2^29-1, unique in its struct
  std::string_view name;  // Docker's name in JSON
  Member Struct::*member;
};

template <class Struct, class Member>
constexpr Field<Struct, Member> field(int number, std::string_view name, Member Struct::*member) {
  return {number, name, member};
}

template <class T>
concept HasFields = requires { T::fields(); };

template <class T>
concept KeepsUnknownFields = requires(T t) {
  { t.unknown_fields } -> std::convertible_to<std::string>;
};

// Calls visit(field, member reference) for each field of the struct, in the order of the list.
template <HasFields T, class Visit>
constexpr void for_each_field(T& object, Visit&& visit) {
  std::apply([&](const auto&... one) { (visit(one, object.*(one.member)), ...); },
             std::remove_const_t<T>::fields());
}

// The names of the top-level fields in which a and b differ.
template <HasFields T>
std::vector<std::string_view> changed_fields(const T& a, const T& b) {
  std::vector<std::string_view> names;
  for_each_field(a, [&](const auto& one, const auto& in_a) {
    if (!(in_a == b.*(one.member))) names.push_back(one.name);
  });
  return names;
}

// An enumeration lists its values with their names once, in a function found by argument-dependent lookup:
//     constexpr auto enum_names(NodeRole) { return std::array{EnumName{NodeRole::kWorker, "worker"}, …}; }
template <class E>
struct EnumName {
  E value;
  std::string_view name;
};
template <class E>
EnumName(E, const char*) -> EnumName<E>;

template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E e) { enum_names(e); };

template <NamedEnum E>
constexpr std::string_view to_string(E value) {
  for (const auto& one : enum_names(value)) {
    if (one.value == value) return one.name;
  }
  return "unknown";
}

// False, and `out` untouched, for a name that is not in the list.
template <NamedEnum E>
constexpr bool from_string(std::string_view name, E& out) {
  for (const auto& one : enum_names(E{})) {
    if (one.name == name) {
      out = one.value;
      return true;
    }
  }
  return false;
}

}  // namespace es
