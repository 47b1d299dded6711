#pragma once
// RootedDir: a folder, and file operations on paths beneath it that no path can lead out of it. The
// kernel resolves each parent with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS (openat2(2)): neither
// "..", nor an absolute path, nor a symbolic link that an earlier entry of a hostile archive
// planted is ever followed. Kernels before 5.6 have no openat2: there each part of the path is
// opened by itself with O_NOFOLLOW, which is as safe and slower.

#include <sys/types.h>

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "platform/linux/images/file_handle.h"

namespace es::images {

class RootedDir {
 public:
  static constexpr size_t kPathBytesMax = 4095;
  static constexpr size_t kDepthMax = 256;

  enum class Resolver { kKernel, kStepByStep };

  // Step by step when the kernel cannot. Errors: kIo.
  static Result<RootedDir> open(const std::string& path, Resolver wish = Resolver::kKernel);

  // A path as archives write them ("./a//b/", "/a/b") to "a/b"; empty for the root itself.
  // Errors: kInvalid for "..", a zero byte and names that are too long.
  static Result<std::string> clean(std::string_view path);

  // Where a cleaned, not empty path lies: its open parent and its last name.
  struct Place {
    FileHandle parent;
    std::string name;
  };
  // Makes missing parents, with mode 0755. Errors: kInvalid when the way leads through a symbolic
  // link or a file, kIo.
  Result<Place> place(const std::string& path) const;
  // Errors: kInvalid when it is not there or the way leads through a symbolic link.
  Result<Place> existing(const std::string& path) const;
  // The folder itself; also of the root. Errors: as existing().
  Result<FileHandle> folder(const std::string& path) const;

  int descriptor() const { return root_.get(); }

 private:
  RootedDir(FileHandle root, Resolver resolver) : root_(std::move(root)), resolver_(resolver) {}

  FileHandle open_folder(int root, const std::string& path) const;

  FileHandle root_;
  Resolver resolver_;
};

}  // namespace es::images
