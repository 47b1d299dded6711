#pragma once
// The file that says which images a node has: names and layers. All else of an image is in its
// configuration, a blob.

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "core/base/fields.h"
#include "core/base/result.h"

namespace es::images {

struct IndexEntry {
  std::string id;
  std::vector<std::string> tags;
  std::vector<std::string> layers;  // diff ids, lowest first
  int64_t size_bytes = 0;
  std::vector<std::string> blobs;  // of its layers, where they are kept

  static constexpr auto fields() {
    return std::tuple{field(1, "Id", &IndexEntry::id), field(2, "Tags", &IndexEntry::tags),
                      field(3, "Layers", &IndexEntry::layers),
                      field(4, "SizeBytes", &IndexEntry::size_bytes),
                      field(5, "Blobs", &IndexEntry::blobs)};
  }
  bool operator==(const IndexEntry&) const = default;
};

struct Index {
  std::vector<IndexEntry> images;  // in the order in which they were loaded

  static constexpr auto fields() { return std::tuple{field(1, "Images", &Index::images)}; }
  bool operator==(const Index&) const = default;
};

// Errors: kCorrupt; a file that is not there is an empty index.
Result<Index> read_index(const std::string& path);
// Durably, whole or not at all. Errors: kIo.
Status write_index(const std::string& path, const Index& index);

}  // namespace es::images
