#pragma once
// Shape<T>: where the JSON of a struct departs from its field list. Nothing has to be said for most structs; a specialisation, which
// must be seen before the struct is first read or written, may have
//
//     static constexpr std::array kAlways{"Labels"};     fields written even when they are empty
//     static constexpr std::array kHidden{"SpecVersion"}; fields that are neither written nor read
//     static constexpr std::array kIgnored{"Consistency"}; members that are accepted and mean nothing here
//     static constexpr std::array kRefused{Refused{"Secrets", "secrets are not supported yet"}};
//                                                        members of Docker's that we do not have: refused unless harmless
//     static constexpr bool kFlat = true;                 its members are written into the object around it; never read
//
// or, when the two trees differ, another struct with a field list of its own:
//
//     using Form = MountForm;
//     static MountForm to_form(const Mount&);
//     static Result<Mount> from_form(MountForm);           its error is put behind the path of the struct

#include <algorithm>
#include <string_view>

#include "services/json/json.h"

namespace es::json {

// null, false, 0, "", [], {} and objects made of those: what a client sends for a thing that it does not use.
bool is_empty(const Json& value);

struct Refused {
  std::string_view name;
  std::string_view why;
  bool (*is_harmless)(const Json& value) = is_empty;
};

template <class T>
struct Shape {};

template <class T>
concept HasForm = requires { typename Shape<T>::Form; };

template <class T>
constexpr bool is_flat() {
  if constexpr (requires { Shape<T>::kFlat; }) return Shape<T>::kFlat;
  else return false;
}

template <class T>
constexpr bool is_always_written(std::string_view name) {
  if constexpr (requires { Shape<T>::kAlways; }) return std::ranges::count(Shape<T>::kAlways, name) > 0;
  else return false;
}

template <class T>
constexpr bool is_hidden(std::string_view name) {
  if constexpr (requires { Shape<T>::kHidden; }) return std::ranges::count(Shape<T>::kHidden, name) > 0;
  else return false;
}

template <class T>
constexpr bool is_ignored(std::string_view name) {
  if constexpr (requires { Shape<T>::kIgnored; }) return std::ranges::count(Shape<T>::kIgnored, name) > 0;
  else return false;
}

// Null for a member that is not in the list.
template <class T>
constexpr const Refused* find_refused(std::string_view name) {
  if constexpr (requires { Shape<T>::kRefused; }) {
    for (const Refused& one : Shape<T>::kRefused) {
      if (one.name == name) return &one;
    }
  }
  return nullptr;
}

}  // namespace es::json
