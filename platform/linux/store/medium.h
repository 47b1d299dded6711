#pragma once
// Medium: whether the file system below a store can be written at all, said for a person.

#include <string>

#include "core/base/result.h"

namespace es::store {

constexpr const char* kDiskFull = "no space left on the data disk";

// Without writing. Errors: kIo, "no space left on the data disk" or "the data disk is read-only".
Status check_room(const std::string& dir);

// Writes a little and syncs it; a quota, a bad card and a full one show only then. And makes the
// kernel forget what it has cached of the store's files: after a failed sync its cache may hold pages
// that the medium never got (Rebello et al. 2020), and what is read next must be the medium's.
// Errors: kIo.
Status try_medium(const std::string& dir);

}  // namespace es::store
