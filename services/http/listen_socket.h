#pragma once
// The daemon's socket file: made so that nobody outside its group can ever open it, not even for a moment.

#include <sys/types.h>

#include <optional>
#include <string>

#include "core/base/result.h"

namespace es::http {

// A listening, non-blocking unix socket at `path` with mode 0660. A file that a dead daemon left there is replaced; one on which
// somebody answers is not. Errors: kInvalid (the path is too long), kConflict (a daemon answers there), kIo.
Result<int> listen_unix(const std::string& path, std::optional<gid_t> group);

// A blocking connection. Errors: kInvalid, kUnavailable.
Result<int> connect_unix(const std::string& path);

}  // namespace es::http
