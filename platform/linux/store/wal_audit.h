#pragma once
// WAL audit. SQLite takes the first frame with a wrong checksum for the end of the write-ahead log: right after a power cut, but when
// the frame was whole once and rotted, every commit after it, long acknowledged, is silently forgotten. Run before SQLite opens the
// file, the audit tells the two apart: with one sync a commit, a transaction begins only after the one before it is on the medium, so
// a valid commit that another transaction follows, both beyond a bad frame, were never cut off by a power failure.
//
// What nobody can tell from one log is whether the last commit rotted or was torn before it was acknowledged (Alagappan et al.,
// "Protocol-Aware Recovery for Consensus-Based Storage", FAST 2018, §3.3); it is taken as torn.

#include <string>

#include "core/base/result.h"

struct sqlite3_vfs;

namespace es::store {

// Errors: kCorrupt with the frame's number, kIo. No error when there is no log.
Status audit_wal(sqlite3_vfs* vfs, const std::string& database_path);

}  // namespace es::store
