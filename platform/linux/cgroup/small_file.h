#pragma once
// Small files as the kernel and the shim write them: read and written in one call.

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace es::cgroup {

constexpr size_t kSmallFileBytes = 64 << 10;

// At most `max_bytes` of the file. Errors: kNotFound, kIo.
Result<std::string> read_small_file(const std::string& path, size_t max_bytes = kSmallFileBytes);

// Into a file that exists. Errors: kNotFound, kIo, with the path and the kernel's reason.
Status write_small_file(const std::string& path, std::string_view text);

bool exists(const std::string& path);

// Creates the folder and those above it. Errors: kIo.
Status make_folders(const std::string& path, unsigned mode);

// The error of the last failed call: "<what> <path>: <the system's words>".
Error system_error(std::string_view what, const std::string& path);

}  // namespace es::cgroup
