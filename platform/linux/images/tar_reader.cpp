#include "platform/linux/images/tar_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "core/base/assert.h"

namespace es::images {

namespace {

TarEntry::Kind kind_of(archive_entry* entry) {
  if (archive_entry_hardlink(entry) != nullptr) return TarEntry::Kind::kHardLink;
  switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
      return TarEntry::Kind::kFile;
    case AE_IFDIR:
      return TarEntry::Kind::kDirectory;
    case AE_IFLNK:
      return TarEntry::Kind::kSymlink;
    case AE_IFIFO:
      return TarEntry::Kind::kFifo;
    case AE_IFCHR:
      return TarEntry::Kind::kCharacterDevice;
    case AE_IFBLK:
      return TarEntry::Kind::kBlockDevice;
    default:
      return TarEntry::Kind::kOther;
  }
}

std::string text(const char* string) { return string != nullptr ? string : ""; }

void copy_xattrs(archive_entry* from, TarEntry& to) {
  archive_entry_xattr_reset(from);
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  while (archive_entry_xattr_next(from, &name, &value, &size) == ARCHIVE_OK) {
    to.xattrs[text(name)] = std::string(static_cast<const char*>(value), size);
  }
}

}  // namespace

TarReader::TarReader(ByteSource& from) : from_(&from), reader_(archive_read_new()) {
  ES_ASSERT(reader_ != nullptr);
  archive_read_support_format_tar(reader_);
}

TarReader::~TarReader() { archive_read_free(reader_); }

ssize_t TarReader::read(archive* reader, void* self, const void** bytes) {
  auto* tar = static_cast<TarReader*>(self);
  auto piece = tar->from_->next();
  if (!piece.ok()) {
    tar->source_error_ = piece.error();
    archive_set_error(reader, EIO, "source failed");
    return -1;
  }
  *bytes = piece->data();
  return static_cast<ssize_t>(piece->size());
}

Error TarReader::failed() const {
  if (source_error_) return *source_error_;
  return invalid("not a whole tar archive: " + text(archive_error_string(reader_)));
}

Result<bool> TarReader::next(TarEntry& out) {
  if (!std::exchange(opened_, true)) {
    if (archive_read_open(reader_, this, nullptr, read, nullptr) != ARCHIVE_OK) return failed();
  }
  archive_entry* entry = nullptr;
  const int code = archive_read_next_header(reader_, &entry);
  if (code == ARCHIVE_EOF) return false;
  // libarchive warns of names that the locale of a daemon, "C", cannot show; they stay the bytes
  // that they are.
  if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return failed();

  out = TarEntry();
  out.kind = kind_of(entry);
  out.path = text(archive_entry_pathname(entry));
  out.target = text(out.kind == TarEntry::Kind::kHardLink ? archive_entry_hardlink(entry)
                                                          : archive_entry_symlink(entry));
  out.size_bytes = static_cast<uint64_t>(archive_entry_size(entry));
  out.mode = archive_entry_perm(entry);
  out.uid = static_cast<uint32_t>(archive_entry_uid(entry));
  out.gid = static_cast<uint32_t>(archive_entry_gid(entry));
  out.modified = {archive_entry_mtime(entry), archive_entry_mtime_nsec(entry)};
  out.device_major = static_cast<uint32_t>(archive_entry_rdevmajor(entry));
  out.device_minor = static_cast<uint32_t>(archive_entry_rdevminor(entry));
  copy_xattrs(entry, out);
  return true;
}

Result<TarReader::Piece> TarReader::content() {
  for (;;) {
    const void* bytes = nullptr;
    size_t length = 0;
    la_int64_t offset = 0;
    const int code = archive_read_data_block(reader_, &bytes, &length, &offset);
    if (code == ARCHIVE_EOF) return Piece{};
    if (code != ARCHIVE_OK) return failed();
    if (length > 0)
      return Piece{static_cast<uint64_t>(offset), {static_cast<const char*>(bytes), length}};
  }
}

}  // namespace es::images
