#pragma once
// WAL audit. SQLite takes the first frame with a wrong checksum for the end of the write-ahead log:
// right after a power cut, but when the frame was whole once and rotted, every commit after it,
// long acknowledged, is silently forgotten. Run before SQLite opens the file, the audit tells the
// two apart by the mark that each transaction leaves in the root's page: with one sync a commit,
// transaction n+2 begins only after n+1 is on the medium, so a log that ends with n and holds any
// trace of n+2 has rotted.
//
// What nobody can tell from one log is whether the last commit rotted or was torn before it was
// acknowledged (Alagappan et al., "Protocol-Aware Recovery for Consensus-Based Storage", FAST 2018,
// §3.3); it is taken as torn.

#include <string>

#include "core/base/result.h"

struct sqlite3_vfs;

namespace es::store {

// Errors: kCorrupt with the numbers of the transactions, kIo. No error when there is no log.
Status audit_wal(sqlite3_vfs* vfs, const std::string& database_path);

}  // namespace es::store
