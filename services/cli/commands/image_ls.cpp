#include "services/cli/call_options.h"
#include "services/cli/commands/all.h"
#include "services/cli/document.h"
#include "services/cli/engine.h"
#include "services/cli/human.h"
#include "services/cli/image_name.h"
#include "services/cli/listing.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

std::vector<ImageName> names_of(const Json& image) {
  std::vector<ImageName> names;
  for (const Json& tag : value_at(image, "/RepoTags"))
    names.push_back(split_image_name(text_of(tag)));
  if (names.empty()) names.push_back({"<none>", "<none>"});
  return names;
}

}  // namespace

Result<int> image_ls(Call& call) {
  ListOptions options;
  std::vector<std::string> references;
  Syntax syntax(call,
                {"image ls", "image ls busybox", "image ls --format '{{.Repository}}:{{.Tag}}'"});
  options.declare(syntax);
  syntax.flag(options.no_trunc, "no-trunc", "Show whole ids");
  syntax.arguments(references, 0, 1);
  if (const auto code = syntax.parse()) return *code;
  if (!references.empty()) options.filters.push_back("reference=" + references.front());

  Engine engine(call.socket_path);
  ES_TRY(const Json images,
         engine.get("/images/json" + query({{"filters", filters_document(options.filters)}})));
  Listing listing;
  listing.columns = {{"Repository", "REPOSITORY", true, 16},
                     {"Tag", "TAG", true, 8},
                     {"ID", "IMAGE ID"},
                     {"CreatedSince", "CREATED"},
                     {"Size", "SIZE"}};
  std::string ids;
  for (const Json& image : images) {
    const std::string id =
        options.no_trunc ? text_at(image, "/Id") : short_id(text_at(image, "/Id"));
    const WallTime created{number_at(image, "/Created") * 1'000'000'000};
    const std::string since =
        created == WallTime{} ? "N/A" : human_duration(call.console.now() - created) + " ago";
    ids += id + "\n";
    for (ImageName& name : names_of(image)) {
      listing.rows.push_back({std::move(name.repository), std::move(name.tag), id, since,
                              human_size(static_cast<uint64_t>(number_at(image, "/Size")))});
    }
  }
  if (options.quiet)
    call.console.out(ids);
  else
    ES_CHECK(listing.print(call.console, options.format));
  return kDone;
}

}  // namespace es::cli
