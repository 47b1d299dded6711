// /images, and /distribution as far as an image of this node can answer for a registry

#include <algorithm>

#include "services/api/filters.h"
#include "services/api/image_document.h"
#include "services/api/routes.h"

namespace es::api {

namespace {

// "*" is any text without '/', "?" one character of it, as in Go's path.Match.
bool matches_glob(std::string_view pattern, std::string_view text) {
  size_t star = std::string_view::npos;
  size_t retry = 0;
  size_t p = 0;
  size_t t = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.size() && (pattern[p] == text[t] || (pattern[p] == '?' && text[t] != '/'))) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos && text[retry] != '/') {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

// "busybox" fits "busybox:latest"; a tag's colon stands behind the last slash.
bool fits_reference(const std::string& pattern, const std::string& tag) {
  const size_t slash = tag.rfind('/');
  const size_t colon = tag.find(':', slash == std::string::npos ? 0 : slash);
  return matches_glob(pattern, tag) || matches_glob(pattern, tag.substr(0, colon));
}

// The tags that are asked for; nothing when the image is not.
std::optional<std::vector<std::string>> chosen_tags(const Filters& filters, const ports::Image& image) {
  if (!filters.are_labels("label", image.config.labels)) return std::nullopt;
  const bool is_dangling = image.tags.empty();
  if (filters.has("dangling") && filters.is_any("dangling", is_dangling ? "true" : "false") == false) return std::nullopt;
  if (!filters.has("reference")) return image.tags;
  std::vector<std::string> tags;
  std::ranges::copy_if(image.tags, std::back_inserter(tags), [&](const std::string& tag) {
    return std::ranges::any_of(filters.values("reference"), [&](const auto& one) { return fits_reference(one, tag); });
  });
  if (tags.empty()) return std::nullopt;
  return tags;
}

Error no_such_image(const std::string& reference) {
  return not_found("No such image: " + reference.substr(0, 128));
}

void list_images(const CallPtr& call) {
  ES_REPLY_TRY(const Filters filters, call,
               Filters::parse(call->query("filters"), {"reference", "dangling", "label"}));
  std::vector<ports::Image> images = call->control.images().list();
  std::ranges::stable_sort(images, [](const auto& a, const auto& b) { return a.created_at > b.created_at; });
  Json list = Json::array();
  for (ports::Image& image : images) {
    auto tags = chosen_tags(filters, image);
    if (!tags) continue;
    image.tags = std::move(*tags);
    list.push_back(image_summary(image));
  }
  call->reply(list);
}

void inspect_image(const CallPtr& call) {
  const auto image = call->control.images().find(call->argument(0));
  if (!image) return call->fail(no_such_image(call->argument(0)));
  call->reply(image_document(*image));
}

// What went is the difference between before and after: a name, or with the last name the image itself.
void remove_image(const CallPtr& call) {
  ports::Images& images = call->control.images();
  const auto before = images.find(call->argument(0));
  if (!before) return call->fail(no_such_image(call->argument(0)));
  const Status removed = images.remove(call->argument(0), call->flag("force"));
  if (!removed.ok()) return call->fail(removed.error());
  const auto after = images.find(before->id);
  Json list = Json::array();
  for (const std::string& tag : before->tags) {
    const bool is_left = after && std::ranges::find(after->tags, tag) != after->tags.end();
    if (!is_left) list.push_back(Json{{"Untagged", tag}});
  }
  if (!after) list.push_back(Json{{"Deleted", before->id}});
  call->reply(list);
}

void refuse_pull(const CallPtr& call) {
  call->fail({Errc::kUnsupported,
              "pulling from a registry is not supported yet; load an archive with `edgeswarm image load` or `docker load`"});
}

// The CLI asks before it creates a service. With an answer it takes the platform from it and says nothing; with an error it prints a
// warning of three lines. The digest that it pins is taken off again (service_request.h).
void ask_distribution(const CallPtr& call) {
  const auto image = call->control.images().find(call->argument(0));
  if (!image) return call->fail(not_found("the image " + call->argument(0).substr(0, 128) + " is not on this node"));
  call->reply(distribution_document(*image));
}

constexpr std::array kImageRoutes{
    Route{"GET", "/images/json", Access::kAnyone, list_images},
    Route{"POST", "/images/create", Access::kAnyone, refuse_pull},
    Route{"GET", "/images/{...}/json", Access::kAnyone, inspect_image},
    Route{"DELETE", "/images/{...}", Access::kAnyone, remove_image},
    Route{"GET", "/distribution/{...}/json", Access::kAnyone, ask_distribution},
};

}  // namespace

std::span<const Route> image_routes() { return kImageRoutes; }

}  // namespace es::api
