#include "platform/linux/store/snapshot_file.h"

#include <algorithm>

#include "core/wire/bytes.h"

namespace es::store {

namespace {

std::string associated(const SnapshotRef& ref, uint64_t chunk, std::string_view previous_link) {
  wire::Writer out;
  out.raw("snapshot");
  out.big_endian(ref.index);
  out.big_endian(ref.term);
  out.big_endian(ref.plain_bytes);
  out.big_endian(chunk);
  out.raw(previous_link);
  return std::move(out).take();
}

// Bytes [offset, offset + kChunkBytes) of head followed by tail, without joining the two.
std::string slice(std::string_view head, std::string_view tail, uint64_t offset) {
  std::string chunk;
  if (offset < head.size()) chunk = head.substr(offset, kChunkBytes);
  const uint64_t from = std::max<uint64_t>(offset, head.size()) - head.size();
  if (from < tail.size()) chunk.append(tail.substr(from, kChunkBytes - chunk.size()));
  return chunk;
}

}  // namespace

std::string snapshot_path(const std::string& dir, uint64_t slot) {
  return dir + "/snapshot-" + std::to_string(slot);
}

Result<SnapshotRef> write_snapshot(sqlite3_vfs* vfs, const std::string& dir, uint64_t slot,
                                   const crypto::Aead& aead,
                                   const ports::StoredSnapshot& snapshot) {
  wire::Writer head;
  head.varint(snapshot.configuration.size());
  head.raw(snapshot.configuration);

  SnapshotRef ref{
      slot, snapshot.index, snapshot.term, head.bytes().size() + snapshot.data.size(), {}};
  ES_TRY(VfsFile file, VfsFile::create(vfs, snapshot_path(dir, slot)));
  uint64_t at = 0;
  for (uint64_t chunk = 0; chunk * kChunkBytes < ref.plain_bytes; ++chunk) {
    const std::string sealed = aead.seal(slice(head.bytes(), snapshot.data, chunk * kChunkBytes),
                                         associated(ref, chunk, ref.last_link));
    ES_CHECK(file.write(at, sealed));
    at += sealed.size();
    ref.last_link = link_of(sealed);
  }
  ES_CHECK(file.sync());
  return ref;
}

Result<ports::StoredSnapshot> read_snapshot(sqlite3_vfs* vfs, const std::string& dir,
                                            const crypto::Aead& aead, const SnapshotRef& ref) {
  const std::string path = snapshot_path(dir, ref.slot);
  const auto broken = [&](const char* why) { return corrupt("snapshot " + path + " " + why); };
  if (!file_exists(vfs, path)) return broken("is missing");
  ES_TRY(VfsFile file, VfsFile::open(vfs, path));

  std::string plain;
  std::string previous_link;
  uint64_t at = 0;
  for (uint64_t chunk = 0; plain.size() < ref.plain_bytes; ++chunk) {
    const uint64_t length = std::min<uint64_t>(kChunkBytes, ref.plain_bytes - plain.size());
    ES_TRY(const std::string sealed, file.read(at, length + crypto::kSealOverhead));
    auto piece = aead.open(sealed, associated(ref, chunk, previous_link));
    if (!piece.ok()) return broken("is damaged");
    plain += *piece;
    previous_link = link_of(sealed);
    at += sealed.size();
  }
  if (previous_link != ref.last_link) return broken("is not the one that was written last");

  wire::Reader in(plain);
  ES_TRY(wire::Reader configuration, in.sub());
  return ports::StoredSnapshot{ref.index, ref.term, std::string(configuration.rest()),
                               std::string(in.rest())};
}

}  // namespace es::store
