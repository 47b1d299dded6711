#include "services/images/image_library.h"

#include <cstdio>
#include <set>

#include "core/model/image_reference.h"
#include "services/images/image_config.h"

namespace es::images {

namespace {

constexpr size_t kTagsMax = 1024;  // of one image

IndexEntry entry_of(const PlannedImage& planned) {
  IndexEntry entry{
      planned.image.id, planned.image.tags, planned.image.layers, planned.image.size_bytes, {}};
  for (const UnpackedLayer* layer : planned.layers) {
    if (!layer->blob_path.empty()) entry.blobs.push_back(layer->blob_digest);
  }
  return entry;
}

void take_tags(Index& index, const std::set<std::string>& tags) {
  for (IndexEntry& entry : index.images) {
    std::erase_if(entry.tags, [&](const std::string& tag) { return tags.contains(tag); });
  }
}

// A name belongs to one image: the one that was loaded last. Errors: kLimit.
Status insert(Index& index, IndexEntry entry) {
  take_tags(index, {entry.tags.begin(), entry.tags.end()});
  for (IndexEntry& old : index.images) {
    if (old.id != entry.id) continue;
    if (old.tags.size() + entry.tags.size() > kTagsMax) {
      return Error{Errc::kLimit,
                   "the image would have more than " + std::to_string(kTagsMax) + " names"};
    }
    old.tags.insert(old.tags.end(), entry.tags.begin(), entry.tags.end());
    old.blobs = std::move(entry.blobs);
    return {};
  }
  index.images.push_back(std::move(entry));
  return {};
}

std::string index_path(const std::string& dir) { return dir + "/index"; }

}  // namespace

Result<ImageLibrary> ImageLibrary::open(const std::string& dir, Platform node,
                                        ArchiveLimits limits) {
  ES_TRY(LayerStore store, LayerStore::open(dir));
  ImageLibrary library(dir, std::move(node), std::move(limits), std::move(store));
  auto index = read_index(index_path(dir));
  if (!index.ok() && index.error().code != Errc::kCorrupt) return std::move(index).error();
  if (index.ok()) {
    library.index_ = std::move(index).value();
  } else {
    const std::string aside = index_path(dir) + ".damaged";
    if (std::rename(index_path(dir).c_str(), aside.c_str()) != 0) return std::move(index).error();
    library.warnings_.push_back(index.error().message + " and was put aside as " + aside +
                                "; load the images again");
  }
  ES_CHECK(library.read_images());
  ES_CHECK(library.collect_garbage());
  return library;
}

// An image of which anything is missing is none.
Status ImageLibrary::read_images() {
  images_.clear();
  Index whole;
  for (IndexEntry& entry : index_.images) {
    const auto text =
        is_digest(entry.id) ? store_.blob(entry.id, kConfigBytesMax) : corrupt("not a digest");
    auto image = text.ok() ? read_image_config(*text) : Result<ports::Image>(text.error());
    bool layers = image.ok();
    for (const std::string& diff_id : entry.layers)
      layers = layers && is_digest(diff_id) && store_.has_layer(diff_id);
    if (!layers) {
      warnings_.push_back("image " + entry.id + " is damaged; load it again");
      continue;
    }
    image->tags = entry.tags;
    image->size_bytes = entry.size_bytes;
    images_.push_back(std::move(image).value());
    whole.images.push_back(std::move(entry));
  }
  index_ = std::move(whole);
  return {};
}

Result<std::vector<std::string>> ImageLibrary::load(ByteSource& archive) {
  const auto make_folder = [this] { return store_.make_temporary(); };
  const auto load = [&]() -> Result<std::vector<std::string>> {
    ES_TRY(const ArchiveContents contents, read_archive(archive, limits_, make_folder));
    ES_TRY(const std::vector<PlannedImage> planned, plan_images(contents, node_));
    return adopt(planned);
  };
  auto loaded = load();
  if (const Status emptied = store_.empty_temporary(); loaded.ok() && !emptied.ok())
    return emptied.error();
  return loaded;
}

Result<std::vector<std::string>> ImageLibrary::adopt(const std::vector<PlannedImage>& planned) {
  ES_CHECK(store_.sync());
  std::vector<std::string> names;
  Index index = index_;
  for (const PlannedImage& one : planned) {
    for (const UnpackedLayer* layer : one.layers) {
      ES_CHECK(store_.adopt_layer(layer->diff_id, layer->folder));
      if (!layer->blob_path.empty())
        ES_CHECK(store_.adopt_blob(layer->blob_digest, layer->blob_path));
    }
    ES_CHECK(store_.put_blob(one.image.id, one.config_text));
    ES_CHECK(insert(index, entry_of(one)));
    names.insert(names.end(), one.image.tags.begin(), one.image.tags.end());
    if (one.image.tags.empty()) names.push_back(one.image.id);
  }
  ES_CHECK(commit(std::move(index)));
  return names;
}

Status ImageLibrary::untag(const std::string& tag) {
  Index index = index_;
  take_tags(index, {tag});
  return index == index_ ? Status() : commit(std::move(index));
}

Status ImageLibrary::remove(const std::string& id) {
  Index index = index_;
  std::erase_if(index.images, [&](const IndexEntry& entry) { return entry.id == id; });
  if (index == index_) return {};
  ES_CHECK(commit(std::move(index)));
  return collect_garbage();
}

Status ImageLibrary::commit(Index index) {
  ES_CHECK(write_index(index_path(dir_), index));
  index_ = std::move(index);
  return read_images();
}

Status ImageLibrary::collect_garbage() {
  std::set<std::string> layers;
  std::set<std::string> blobs;
  for (const IndexEntry& entry : index_.images) {
    layers.insert(entry.layers.begin(), entry.layers.end());
    blobs.insert(entry.blobs.begin(), entry.blobs.end());
    blobs.insert(entry.id);
  }
  return store_.keep_only(layers, blobs);
}

}  // namespace es::images
