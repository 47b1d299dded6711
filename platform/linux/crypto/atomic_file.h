#pragma once
// Whole small files that are either the old or the new one after a pulled plug.

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "platform/linux/crypto/secret.h"

namespace es::crypto {

// Writes `PATH.new`, syncs it, renames it over PATH and syncs the directory. `mode` holds from the
// first byte on. Errors: kIo.
Status write_file_atomically(const std::string& path, std::string_view bytes, unsigned mode);

// Errors: kNotFound, kIo, kLimit for a file of more than `max_bytes`.
Result<Secret> read_file(const std::string& path, size_t max_bytes);

// Durably; a file that is not there is no error. Errors: kIo.
Status remove_file(const std::string& path);

}  // namespace es::crypto
