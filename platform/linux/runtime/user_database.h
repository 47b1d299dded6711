#pragma once
// Users of an image: names become numbers by the image's own /etc/passwd and /etc/group. The image
// is not trusted: its files are opened inside its root, whatever its links say.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace es::runtime {

struct ContainerUser {
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::vector<uint32_t> additional_gids;  // sorted, without repetition
  std::string home = "/";
};

// `user`: "", "name", "uid", "name:group", "uid:gid"; `groups`: further names or numbers. `passwd`
// and `group` are the contents of the image's files, empty where it has none. Numbers need no
// entry. Errors: kInvalid, in Docker's words.
Result<ContainerUser> resolve_user(std::string_view user, const std::vector<std::string>& groups,
                                   std::string_view passwd, std::string_view group);

// The same with the files of a root file system.
Result<ContainerUser> resolve_user_in(const std::string& rootfs, std::string_view user,
                                      const std::vector<std::string>& groups);

// At most 1 MiB of a regular file inside `rootfs`; links are followed as if `rootfs` were /. Empty
// where there is none. Errors: kIo.
Result<std::string> read_file_in_root(const std::string& rootfs, const char* path);

}  // namespace es::runtime
