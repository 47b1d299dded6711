#include "platform/linux/images/layer_unpacker.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "platform/linux/files/remove_tree.h"
#include "platform/linux/images/rooted_dir.h"
#include "platform/linux/images/tar_reader.h"

namespace es::images {

namespace {

constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";
constexpr uint64_t kFreeCheckBytes = 16 << 20;
constexpr size_t kXattrBytesMax = 64 * 1024;  // XATTR_SIZE_MAX

std::string path_of(int descriptor) { return "/proc/self/fd/" + std::to_string(descriptor); }

std::string path_of(const RootedDir::Place& place) {
  return path_of(place.parent.get()) + "/" + place.name;
}

class Unpacker {
 public:
  Unpacker(RootedDir root, const LayerLimits& limits) : root_(std::move(root)), limits_(limits) {}

  Status entry(const TarEntry& entry, TarReader& tar);
  LayerFacts facts() const { return facts_; }

 private:
  Status whiteout(const std::string& path, const std::string& name);
  Status hide(const RootedDir::Place& place);
  Status make(const TarEntry& entry, const RootedDir::Place& place, TarReader& tar);
  Status make_folder(const RootedDir::Place& place);
  Status make_file(const RootedDir::Place& place, TarReader& tar);
  Status make_hard_link(const TarEntry& entry, const RootedDir::Place& place);
  Status set_metadata(const TarEntry& entry, const RootedDir::Place& place);
  Status spend(uint64_t bytes);

  RootedDir root_;
  LayerLimits limits_;
  LayerFacts facts_;
  uint64_t unchecked_bytes_ = kFreeCheckBytes;  // written since free space was looked at
};

Status set_opaque(const std::string& folder) {
  if (setxattr(folder.c_str(), "trusted.overlay.opaque", "y", 1, 0) == 0) return {};
  return io_error("cannot mark a folder as opaque (trusted attributes need root)");
}

Error at(const TarEntry& entry, Error error) {
  constexpr size_t kShown = 200;
  std::string shown = entry.path.substr(0, kShown);
  if (shown.size() < entry.path.size()) shown += "…";
  error.message = "\"" + shown + "\": " + error.message;
  return error;
}

Status Unpacker::entry(const TarEntry& entry, TarReader& tar) {
  if (++facts_.entries > limits_.entries_max) {
    return Error{Errc::kLimit,
                 "the layer has more than " + std::to_string(limits_.entries_max) + " entries"};
  }
  ES_TRY(const std::string path, RootedDir::clean(entry.path));
  const std::string name = path.substr(path.rfind('/') + 1);
  const bool device =
      entry.kind == TarEntry::Kind::kCharacterDevice || entry.kind == TarEntry::Kind::kBlockDevice;
  const bool overlay_whiteout = entry.kind == TarEntry::Kind::kCharacterDevice &&
                                entry.device_major == 0 && entry.device_minor == 0;
  if (device && !overlay_whiteout) return invalid("device nodes are refused");
  if (entry.kind == TarEntry::Kind::kOther) return invalid("an entry of an unknown kind");

  if (path.empty()) {  // the root folder itself
    if (entry.kind != TarEntry::Kind::kDirectory) return invalid("the root is not a folder");
    const RootedDir::Place root{FileHandle(dup(root_.descriptor())), "."};
    return set_metadata(entry, root);
  }
  if (name.starts_with(kWhiteout)) return whiteout(path, name);
  ES_TRY(const RootedDir::Place place, root_.place(path));
  if (overlay_whiteout) return hide(place);
  return make(entry, place, tar);
}

Status Unpacker::whiteout(const std::string& path, const std::string& name) {
  ES_TRY(RootedDir::Place place, root_.place(path));
  if (name == kOpaque) return set_opaque(path_of(place.parent.get()));
  if (name.starts_with(".wh..wh.")) return {};  // aufs' own bookkeeping
  place.name = name.substr(kWhiteout.size());
  if (place.name.empty() || place.name == "." || place.name == "..")
    return invalid("a whiteout of no name");
  return hide(place);
}

// What the layers below have under this name is gone. What this layer has itself stays, and a
// folder of it shows nothing from below.
Status Unpacker::hide(const RootedDir::Place& place) {
  struct stat there {};
  if (fstatat(place.parent.get(), place.name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0) {
    return S_ISDIR(there.st_mode) ? set_opaque(path_of(place)) : Status();
  }
  if (mknodat(place.parent.get(), place.name.c_str(), S_IFCHR, makedev(0, 0)) == 0) return {};
  return io_error("cannot make a whiteout (device nodes need root)");
}

Status Unpacker::make(const TarEntry& entry, const RootedDir::Place& place, TarReader& tar) {
  if (entry.kind == TarEntry::Kind::kDirectory) {
    ES_CHECK(make_folder(place));
    return set_metadata(entry, place);
  }
  ES_CHECK(files::remove_tree(place.parent.get(), place.name));  // the last entry of a name counts
  switch (entry.kind) {
    case TarEntry::Kind::kFile:
      ES_CHECK(make_file(place, tar));
      break;
    case TarEntry::Kind::kSymlink:
      if (entry.target.empty() || entry.target.size() > RootedDir::kPathBytesMax)
        return invalid("a link to nowhere");
      if (symlinkat(entry.target.c_str(), place.parent.get(), place.name.c_str()) != 0) {
        return io_error("cannot make a symbolic link");
      }
      break;
    case TarEntry::Kind::kHardLink:
      return make_hard_link(entry, place);  // its metadata is the target's
    default:
      if (mkfifoat(place.parent.get(), place.name.c_str(), 0600) != 0)
        return io_error("cannot make a fifo");
  }
  return set_metadata(entry, place);
}

Status Unpacker::make_folder(const RootedDir::Place& place) {
  struct stat there {};
  bool hidden_below = false;
  if (fstatat(place.parent.get(), place.name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0) {
    if (S_ISDIR(there.st_mode)) return {};
    hidden_below = S_ISCHR(there.st_mode);  // only a whiteout can be one here
    ES_CHECK(files::remove_tree(place.parent.get(), place.name));
  }
  if (mkdirat(place.parent.get(), place.name.c_str(), 0700) != 0)
    return io_error("cannot make a folder");
  return hidden_below ? set_opaque(path_of(place)) : Status();
}

Status Unpacker::make_file(const RootedDir::Place& place, TarReader& tar) {
  const FileHandle file(openat(place.parent.get(), place.name.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return io_error("cannot make a file");
  uint64_t end = 0;
  for (;;) {
    ES_TRY(const TarReader::Piece piece, tar.content());
    if (piece.bytes.empty()) return {};
    if (piece.offset < end || piece.offset > limits_.bytes_max)
      return invalid("pieces of a file overlap or lie too far apart");
    end = piece.offset + piece.bytes.size();
    ES_CHECK(spend(piece.bytes.size()));
    for (std::string_view rest = piece.bytes; !rest.empty();) {
      const auto where = static_cast<off_t>(end - rest.size());
      const ssize_t written = pwrite(file.get(), rest.data(), rest.size(), where);
      if (written < 0) return io_error("cannot write");
      rest.remove_prefix(static_cast<size_t>(written));
    }
  }
}

Status Unpacker::make_hard_link(const TarEntry& entry, const RootedDir::Place& place) {
  ES_TRY(const std::string target_path, RootedDir::clean(entry.target));
  if (target_path.empty()) return invalid("a hard link to the root");
  ES_TRY(const RootedDir::Place target, root_.existing(target_path));
  struct stat there {};
  if (fstatat(target.parent.get(), target.name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0 ||
      S_ISCHR(there.st_mode)) {
    return invalid("a hard link to what is not in its layer");
  }
  if (S_ISDIR(there.st_mode)) return invalid("a hard link to a folder");
  if (linkat(target.parent.get(), target.name.c_str(), place.parent.get(), place.name.c_str(), 0) ==
      0)
    return {};
  return io_error("cannot make a hard link");
}

Status Unpacker::set_metadata(const TarEntry& entry, const RootedDir::Place& place) {
  const int parent = place.parent.get();
  const char* name = place.name.c_str();
  if (fchownat(parent, name, entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW) != 0)
    return io_error("cannot set the owner");
  // After the owner, whose change clears set-id bits and capabilities.
  if (entry.kind != TarEntry::Kind::kSymlink &&
      fchmodat(parent, name, entry.mode & 07777, 0) != 0) {
    return io_error("cannot set the permissions");
  }
  for (const auto& [key, value] : entry.xattrs) {
    if (key != "security.capability" && !key.starts_with("user.")) continue;
    if (value.size() > kXattrBytesMax) return invalid("an extended attribute is too long");
    // A file system without attributes, or user.* on a link: the file is of use without.
    if (lsetxattr(path_of(place).c_str(), key.c_str(), value.data(), value.size(), 0) != 0 &&
        errno != ENOTSUP && errno != EPERM) {
      return io_error("cannot set the attribute " + key);
    }
  }
  const timespec times[2] = {{0, UTIME_OMIT}, entry.modified};
  if (utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW) != 0)
    return io_error("cannot set the time");
  return {};
}

Status Unpacker::spend(uint64_t bytes) {
  facts_.content_bytes += bytes;
  if (facts_.content_bytes > limits_.bytes_max) {
    return Error{Errc::kLimit, "the layer unpacks to more than " +
                                   std::to_string(limits_.bytes_max >> 20) + " MiB"};
  }
  unchecked_bytes_ += bytes;
  if (unchecked_bytes_ < kFreeCheckBytes) return {};
  unchecked_bytes_ = 0;
  struct statvfs disk {};
  if (fstatvfs(root_.descriptor(), &disk) != 0) return io_error("cannot measure the free space");
  if (uint64_t{disk.f_bavail} * disk.f_frsize < limits_.free_bytes_min + kFreeCheckBytes) {
    return Error{Errc::kLimit, "the disk would be full: " +
                                   std::to_string(limits_.free_bytes_min >> 20) + " MiB stay free"};
  }
  return {};
}

}  // namespace

Result<LayerFacts> unpack_layer(ByteSource& source, const std::string& folder,
                                const LayerLimits& limits) {
  ES_TRY(RootedDir root, RootedDir::open(folder));
  Unpacker unpacker(std::move(root), limits);
  TarReader tar(source);
  TarEntry entry;
  for (;;) {
    ES_TRY(const bool there, tar.next(entry));
    if (!there) break;
    if (Status status = unpacker.entry(entry, tar); !status.ok())
      return at(entry, std::move(status).error());
  }
  ES_CHECK(skip_all(source));  // the padding behind the archive belongs to its digest
  return unpacker.facts();
}

}  // namespace es::images
