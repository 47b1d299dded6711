#pragma once
// LayerStore: the folder of a node's images.
//
//   layers/<20 hex digits>/   an unpacked layer, named by its diff id; the names are short so that
//   many fit into one mount blobs/sha256/<64 digits>  configurations, and compressed layers where
//   they are kept temporary/                what is being made; emptied at the start
//
// A layer or blob that has its name is whole: it is synced before it is renamed. One thread at a
// time.

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace es::images {

std::string digest_of(std::string_view bytes);

class LayerStore {
 public:
  // Errors: kIo.
  static Result<LayerStore> open(std::string dir);

  // An empty folder beneath temporary/. Errors: kIo.
  Result<std::string> make_temporary();
  // All of them. Errors: kIo.
  Status empty_temporary();
  // Everything that was written until now is on the medium. Errors: kIo.
  Status sync();

  bool has_layer(std::string_view diff_id) const;
  // Pre (of both): synced. When it is there already, the new one stays where it is. Errors: kIo.
  Status adopt_layer(std::string_view diff_id, const std::string& folder);
  Status adopt_blob(std::string_view digest, const std::string& path);
  // Durably. Errors: kIo.
  Status put_blob(std::string_view digest, std::string_view bytes);
  // Errors: kNotFound, kCorrupt when it has rotted, kLimit, kIo.
  Result<std::string> blob(std::string_view digest, size_t bytes_max) const;

  // Removes all other layers and blobs. Errors: kIo.
  Status keep_only(const std::set<std::string>& diff_ids,
                   const std::set<std::string>& blob_digests);

  // The folder of the layers, and a layer's name in it.
  std::string layers_dir() const { return dir_ + "/layers"; }
  static std::string layer_name(std::string_view diff_id);

 private:
  explicit LayerStore(std::string dir) : dir_(std::move(dir)) {}
  std::string blob_path(std::string_view digest) const;

  std::string dir_;
  uint64_t next_temporary_ = 0;
};

}  // namespace es::images
