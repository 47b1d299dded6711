#pragma once
// Reads an image archive (`docker save`, OCI layout; outside plain, gzip or zstd) in one pass:
// small JSON documents into memory, layers straight into folders, hashed on the way. `docker save`
// says at the end of the archive what its files are, so a file is known by its first bytes, and its
// digest is compared when the manifest names it. No blob touches the disk (DESIGN D8: 30 % fewer
// writes), unless it is to be kept.

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "core/base/result.h"
#include "platform/linux/images/byte_source.h"
#include "platform/linux/images/layer_unpacker.h"

namespace es::images {

struct UnpackedLayer {
  std::string folder;       // with the layer's files
  std::string blob_path;    // of the layer as it came, when it is kept; else empty
  std::string blob_digest;  // "sha256:…" of the layer as it came
  std::string diff_id;      // "sha256:…" of the uncompressed tar
  uint64_t blob_bytes = 0;
  LayerFacts facts;
};

struct ArchiveContents {
  std::map<std::string, std::string> documents;  // path -> JSON text
  std::map<std::string, UnpackedLayer> layers;   // path -> layer
  std::map<std::string, std::string> links;      // path -> path, both cleaned
};

struct ArchiveLimits {
  LayerLimits layer = {};
  size_t document_bytes_max = 4 << 20;
  size_t documents_bytes_max = 16 << 20;
  size_t files_max = 4096;  // documents, layers and links together
  bool keep_blobs = false;
};

// `make_folder` makes an empty folder for a layer (and, with keep_blobs, names it): the caller
// removes all of them that it does not want, also after an error. Errors: kInvalid, kLimit, kIo; of
// the archive, with the name of the file.
Result<ArchiveContents> read_archive(ByteSource& archive, const ArchiveLimits& limits,
                                     const std::function<Result<std::string>()>& make_folder);

}  // namespace es::images
