#include "platform/linux/images/layer_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "core/base/assert.h"
#include "core/model/image_reference.h"
#include "platform/linux/files/remove_tree.h"
#include "platform/linux/crypto/atomic_file.h"
#include "platform/linux/crypto/sha256.h"
#include "platform/linux/images/file_handle.h"
#include "platform/linux/images/rooted_dir.h"

namespace es::images {

namespace {

constexpr std::string_view kAlgorithm = "sha256:";
constexpr size_t kLayerNameDigits = 20;

Status make_folder(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return {};
  return io_error("cannot make " + path);
}

bool exists(const std::string& path) {
  struct stat there {};
  return lstat(path.c_str(), &there) == 0;
}

struct CloseDir {
  void operator()(DIR* dir) const { closedir(dir); }
};

// Removes what is in the folder, except the names that `keep` wants.
Status remove_except(const std::string& folder,
                     const std::function<bool(const std::string&)>& keep) {
  const std::unique_ptr<DIR, CloseDir> dir(opendir(folder.c_str()));
  if (!dir) return io_error("cannot read " + folder);
  while (const dirent* entry = readdir(dir.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == ".." || keep(name)) continue;
    ES_CHECK(files::remove_tree(dirfd(dir.get()), name));
  }
  return {};
}

Status sync_folder(const std::string& path) {
  const FileHandle folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || fsync(folder.get()) != 0) return io_error("cannot sync " + path);
  return {};
}

Status rename_durably(const std::string& from, const std::string& to, const std::string& folder) {
  if (rename(from.c_str(), to.c_str()) != 0) return io_error("cannot rename " + from);
  return sync_folder(folder);
}

}  // namespace

std::string digest_of(std::string_view bytes) {
  return std::string(kAlgorithm) + crypto::to_hex(crypto::sha256(bytes));
}

Result<LayerStore> LayerStore::open(std::string dir) {
  LayerStore store(std::move(dir));
  ES_CHECK(make_folder(store.dir_, 0700));
  for (const char* name : {"/layers", "/temporary", "/blobs", "/blobs/sha256"}) {
    ES_CHECK(make_folder(store.dir_ + name, 0700));
  }
  ES_CHECK(store.empty_temporary());
  return store;
}

Result<std::string> LayerStore::make_temporary() {
  const std::string path = dir_ + "/temporary/" + std::to_string(next_temporary_++);
  // The root folder of an image that says nothing about it.
  if (mkdir(path.c_str(), 0755) != 0) return io_error("cannot make " + path);
  return path;
}

Status LayerStore::empty_temporary() {
  return remove_except(dir_ + "/temporary", [](const std::string&) { return false; });
}

Status LayerStore::sync() {
  const FileHandle folder(::open(dir_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || syncfs(folder.get()) != 0) return io_error("cannot sync " + dir_);
  return {};
}

std::string LayerStore::layer_name(std::string_view diff_id) {
  ES_ASSERT(is_digest(diff_id));
  return std::string(diff_id.substr(kAlgorithm.size(), kLayerNameDigits));
}

bool LayerStore::has_layer(std::string_view diff_id) const {
  return exists(layers_dir() + "/" + layer_name(diff_id));
}

Status LayerStore::adopt_layer(std::string_view diff_id, const std::string& folder) {
  if (has_layer(diff_id)) return {};
  return rename_durably(folder, layers_dir() + "/" + layer_name(diff_id), layers_dir());
}

std::string LayerStore::blob_path(std::string_view digest) const {
  ES_ASSERT(is_digest(digest));
  return dir_ + "/blobs/sha256/" + std::string(digest.substr(kAlgorithm.size()));
}

Status LayerStore::adopt_blob(std::string_view digest, const std::string& path) {
  if (exists(blob_path(digest))) return {};
  return rename_durably(path, blob_path(digest), dir_ + "/blobs/sha256");
}

Status LayerStore::put_blob(std::string_view digest, std::string_view bytes) {
  return crypto::write_file_atomically(blob_path(digest), bytes, 0600);
}

Result<std::string> LayerStore::blob(std::string_view digest, size_t bytes_max) const {
  ES_TRY(const crypto::Secret bytes, crypto::read_file(blob_path(digest), bytes_max));
  if (digest_of(bytes.view()) != digest) return corrupt(blob_path(digest) + " is damaged");
  return std::string(bytes.view());
}

Status LayerStore::keep_only(const std::set<std::string>& diff_ids,
                             const std::set<std::string>& blob_digests) {
  std::set<std::string> layers;
  for (const std::string& diff_id : diff_ids) layers.insert(layer_name(diff_id));
  ES_CHECK(
      remove_except(layers_dir(), [&](const std::string& name) { return layers.contains(name); }));
  return remove_except(dir_ + "/blobs/sha256", [&](const std::string& name) {
    return blob_digests.contains(std::string(kAlgorithm) + name);
  });
}

}  // namespace es::images
