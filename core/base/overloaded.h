#pragma once
// Overloaded: one visitor for std::visit, made of a lambda for each alternative.

namespace es {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace es
