#include "services/cli/change.h"

#include "services/cli/document.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

constexpr int kMaxTries = 5;

}  // namespace

Result<Changed> change_object(Engine& engine, const std::string& path, const EditObject& edit,
                              const std::vector<std::pair<std::string, std::string>>& parameters) {
  for (int tries = 1;; ++tries) {
    ES_TRY(Json object, engine.get(path));
    const std::string id = text_at(object, "/ID");
    const int64_t version = number_at(object, "/Version/Index");
    ES_CHECK(edit(object));
    auto query_parameters = parameters;
    query_parameters.insert(query_parameters.begin(), {"version", std::to_string(version)});
    // By id: the name might be given to another object meanwhile.
    const std::string target =
        path.substr(0, path.find('/', 1)) + "/" + id + "/update" + query(query_parameters);
    const auto answer = engine.post(target, object["Spec"]);
    if (!answer.ok() && answer.error().code == Errc::kOutOfSequence && tries < kMaxTries) continue;
    if (!answer.ok()) return answer.error();
    Changed changed{id, {}};
    for (const Json& warning : value_at(*answer, "/Warnings"))
      changed.warnings.push_back(text_of(warning));
    return changed;
  }
}

}  // namespace es::cli
