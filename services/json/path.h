#pragma once
// Path: where in a document a reader is, as a chain of stack frames; it becomes text only when something is wrong there.

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace es::json {

class Path {
 public:
  Path() = default;  // the document itself

  // The parent outlives the child; both live on the stack.
  Path member(std::string_view name) const { return Path(this, name, kNotAnElement); }
  Path element(size_t index) const { return Path(this, {}, index); }

  // "TaskTemplate.ContainerSpec.Mounts[3].Target"; a name longer than 64 bytes is cut.
  std::string to_string() const;

  // "Path: what": an error that says where.
  Error error(Errc code, std::string_view what) const;

 private:
  Path(const Path* parent, std::string_view name, size_t index) : parent_(parent), name_(name), index_(index) {}

  static constexpr size_t kNotAnElement = static_cast<size_t>(-1);

  const Path* parent_ = nullptr;
  std::string_view name_;
  size_t index_ = kNotAnElement;
};

}  // namespace es::json
