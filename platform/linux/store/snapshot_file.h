#pragma once
// Snapshot files: snapshot-1 and snapshot-2, of which the root names one. A new snapshot is written
// into the other, synced together with its folder, and only then named by the root's transaction; a
// crash at any point leaves the old one or the new one.
//
// The file is a sequence of sealed chunks of kChunkBytes plain text, the last one shorter. Each is
// sealed with its number and the tag of the one before it, and the root holds the last tag: a chunk
// that is missing, swapped or of another snapshot does not open.

#include <string>

#include "core/ports/store.h"
#include "platform/linux/crypto/aead.h"
#include "platform/linux/store/root.h"
#include "platform/linux/store/vfs_file.h"

namespace es::store {

constexpr size_t kChunkBytes = 64 * 1024;

std::string snapshot_path(const std::string& dir, uint64_t slot);

// Durable when it returns. Errors: kIo.
Result<SnapshotRef> write_snapshot(sqlite3_vfs* vfs, const std::string& dir, uint64_t slot,
                                   const crypto::Aead& aead, const ports::StoredSnapshot& snapshot);

// Errors: kCorrupt, kIo.
Result<ports::StoredSnapshot> read_snapshot(sqlite3_vfs* vfs, const std::string& dir,
                                            const crypto::Aead& aead, const SnapshotRef& ref);

}  // namespace es::store
