#pragma once
// remove_tree: "rm -r" that a hostile tree cannot lead astray.

#include <string>

#include "core/base/result.h"

namespace es::files {

// Removes a file, or a folder with all that is in it, however deep: folders that are not empty are
// first moved up into `parent`, so two descriptors are enough. Never follows links. No error when
// it is not there. Errors: kIo.
Status remove_tree(int parent, const std::string& name);
// The same for an absolute path.
Status remove_tree(const std::string& path);

}  // namespace es::files
