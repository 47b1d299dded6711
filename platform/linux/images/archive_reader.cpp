#include "platform/linux/images/archive_reader.h"

#include <fcntl.h>

#include <algorithm>

#include "platform/linux/images/decompressor.h"
#include "platform/linux/images/file_handle.h"
#include "platform/linux/images/rooted_dir.h"
#include "platform/linux/images/tar_reader.h"

namespace es::images {

namespace {

constexpr size_t kTarBlock = 512;

// A file of the archive, with its first block in view.
class FileSource final : public ByteSource {
 public:
  explicit FileSource(TarReader& tar) : tar_(&tar) {}

  Result<std::string_view> start() {
    while (start_.size() < kTarBlock) {
      ES_TRY(const std::string_view piece, read());
      if (piece.empty()) break;
      start_ += piece;
    }
    return std::string_view(start_);
  }

  Result<std::string_view> next() override {
    if (start_.empty()) return read();
    first_ = std::exchange(start_, {});
    return std::string_view(first_);
  }

 private:
  Result<std::string_view> read() {
    ES_TRY(const TarReader::Piece piece, tar_->content());
    if (piece.bytes.empty()) return std::string_view();
    if (piece.offset != end_) return invalid("a sparse file in an image archive");
    end_ += piece.bytes.size();
    return piece.bytes;
  }

  TarReader* tar_;
  std::string start_;
  std::string first_;
  uint64_t end_ = 0;
};

// Passes on what it reads, and writes it into a file.
class CopiedSource final : public ByteSource {
 public:
  CopiedSource(ByteSource& from, FileHandle to) : from_(&from), to_(std::move(to)) {}

  Result<std::string_view> next() override {
    ES_TRY(const std::string_view piece, from_->next());
    for (std::string_view rest = piece; !rest.empty();) {
      const ssize_t written = write(to_.get(), rest.data(), rest.size());
      if (written < 0) return io_error("cannot keep the layer's blob");
      rest.remove_prefix(static_cast<size_t>(written));
    }
    return piece;
  }

 private:
  ByteSource* from_;
  FileHandle to_;
};

bool is_layer(std::string_view start) {
  const bool compressed = start.starts_with("\x1f\x8b") || start.starts_with("\x28\xb5\x2f\xfd");
  const bool tar = start.size() >= kTarBlock && start.substr(257, 5) == "ustar";
  const bool empty_tar = start.size() >= kTarBlock && start.find_first_not_of('\0') == start.npos;
  return compressed || tar || empty_tar;
}

bool is_json(std::string_view start) {
  const size_t first = start.find_first_not_of(" \t\r\n");
  return first != start.npos && (start[first] == '{' || start[first] == '[');
}

class Reader {
 public:
  Reader(const ArchiveLimits& limits, const std::function<Result<std::string>()>& make_folder)
      : limits_(&limits), make_folder_(&make_folder) {}

  Status read(const TarEntry& entry, TarReader& tar);
  ArchiveContents take() { return std::move(contents_); }

 private:
  Result<UnpackedLayer> read_layer(ByteSource& file);

  const ArchiveLimits* limits_;
  const std::function<Result<std::string>()>* make_folder_;
  ArchiveContents contents_;
  size_t documents_bytes_ = 0;
};

Status Reader::read(const TarEntry& entry, TarReader& tar) {
  ES_TRY(const std::string path, RootedDir::clean(entry.path));
  const size_t files =
      contents_.documents.size() + contents_.layers.size() + contents_.links.size();
  if (files >= limits_->files_max) return Error{Errc::kLimit, "the archive has too many files"};
  // Old versions of docker save write a layer once, and links to it.
  if (entry.kind == TarEntry::Kind::kSymlink || entry.kind == TarEntry::Kind::kHardLink) {
    std::string target = entry.target;
    if (entry.kind == TarEntry::Kind::kSymlink && target.starts_with("../")) target.erase(0, 3);
    ES_TRY(contents_.links[path], RootedDir::clean(target));
    return {};
  }
  if (entry.kind != TarEntry::Kind::kFile) return {};
  if (contents_.documents.contains(path) || contents_.layers.contains(path))
    return invalid("is in the archive twice");

  FileSource file(tar);
  ES_TRY(const std::string_view start, file.start());
  if (is_layer(start)) {
    ES_TRY(contents_.layers[path], read_layer(file));
  } else if (is_json(start)) {
    ES_TRY(std::string text, es::images::read_all(file, limits_->document_bytes_max));
    documents_bytes_ += text.size();
    if (documents_bytes_ > limits_->documents_bytes_max)
      return Error{Errc::kLimit, "too many bytes of JSON"};
    contents_.documents[path] = std::move(text);
  }
  return {};
}

Result<UnpackedLayer> Reader::read_layer(ByteSource& file) {
  UnpackedLayer layer;
  ES_TRY(layer.folder, (*make_folder_)());
  std::optional<CopiedSource> copied;
  if (limits_->keep_blobs) {
    layer.blob_path = layer.folder + ".blob";
    FileHandle blob(open(layer.blob_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!blob) return io_error("cannot make " + layer.blob_path);
    copied.emplace(file, std::move(blob));
  }
  HashedSource blob(copied ? static_cast<ByteSource&>(*copied) : file);
  Decompressor decompressor(blob);
  HashedSource tar(decompressor);
  ES_TRY(layer.facts, unpack_layer(tar, layer.folder, limits_->layer));
  layer.blob_bytes = blob.bytes();
  layer.blob_digest = blob.digest();
  layer.diff_id = tar.digest();
  return layer;
}

}  // namespace

Result<ArchiveContents> read_archive(ByteSource& archive, const ArchiveLimits& limits,
                                     const std::function<Result<std::string>()>& make_folder) {
  Decompressor decompressor(archive);
  TarReader tar(decompressor);
  Reader reader(limits, make_folder);
  TarEntry entry;
  for (;;) {
    ES_TRY(const bool there, tar.next(entry));
    if (!there) break;
    if (Status status = reader.read(entry, tar); !status.ok()) {
      Error error = std::move(status).error();
      error.message = "image archive, " + entry.path.substr(0, 200) + ": " + error.message;
      return error;
    }
  }
  ES_CHECK(skip_all(decompressor));
  return reader.take();
}

}  // namespace es::images
