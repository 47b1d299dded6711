#pragma once
// ShimProgram: the shim's executable, carried inside the daemon. It runs from memory, so that /run
// may be mounted noexec; where the kernel forbids that, from a file.

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace es::runtime {

class ShimProgram {
 public:
  // `bytes` of the executable. `directory` is for the file. Errors: kIo.
  static Result<ShimProgram> make(std::string_view bytes, const std::string& directory);

  ShimProgram(ShimProgram&& other) noexcept;
  ShimProgram& operator=(ShimProgram&&) = delete;
  ~ShimProgram();

  // For execve, in this process and its children.
  const std::string& path() const { return path_; }

 private:
  ShimProgram(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  int fd_;  // -1 where it is a file
  std::string path_;
};

}  // namespace es::runtime
