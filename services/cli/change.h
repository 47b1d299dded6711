#pragma once
// Changing an object by its version: read, edit the specification, write.

#include <functional>
#include <string>

#include "services/cli/engine.h"

namespace es::cli {

// Edits the object that was read; its /Spec is sent. Errors: kInvalid (the edit does not fit).
using EditObject = std::function<Status(Json& object)>;

struct Changed {
  std::string id;
  std::vector<std::string> warnings;
};

// `path` is "/nodes/ID", "/services/NAME". Somebody else may change the object in between: it is
// then read and edited once more, a few times. `parameters` go into the query beside the version.
Result<Changed> change_object(
    Engine& engine, const std::string& path, const EditObject& edit,
    const std::vector<std::pair<std::string, std::string>>& parameters = {});

}  // namespace es::cli
