#include "platform/linux/store/database.h"

#include <sqlite3.h>

namespace es::store {

namespace {

// What the file system said no to. Our statements never change, so every other error means that the
// file is not what we wrote.
bool from_below(int code) {
  switch (code) {
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_AUTH:
    case SQLITE_NOLFS:
    case SQLITE_MISUSE:
      return true;
    default:
      return false;
  }
}

Error error_of(sqlite3* handle, std::string_view what) {
  const int code = sqlite3_errcode(handle) & 0xff;
  const char* file = sqlite3_db_filename(handle, "main");
  std::string message(what);
  message.append(": ").append(sqlite3_errmsg(handle));
  if (file != nullptr) message.append(" (").append(file).append(")");
  return {from_below(code) ? Errc::kIo : Errc::kCorrupt, std::move(message)};
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement& Statement::bind(int number, uint64_t value) {
  sqlite3_bind_int64(statement_.get(), number, static_cast<sqlite3_int64>(value));
  return *this;
}

Statement& Statement::bind(int number, std::string_view bytes) {
  // A null pointer would bind NULL instead of an empty blob.
  const char* data = bytes.empty() ? "" : bytes.data();
  sqlite3_bind_blob64(statement_.get(), number, data, bytes.size(), SQLITE_STATIC);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  Error error = error_of(sqlite3_db_handle(statement_.get()), "database");
  reset();
  return error;
}

Status Statement::run() {
  ES_TRY(const bool row, step());
  ES_ASSERT(!row);
  return {};
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

int Statement::rows_changed() const { return sqlite3_changes(sqlite3_db_handle(statement_.get())); }

uint64_t Statement::integer(int column) const {
  return static_cast<uint64_t>(sqlite3_column_int64(statement_.get(), column));
}

std::string_view Statement::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const int length = sqlite3_column_bytes(statement_.get(), column);
  return data == nullptr ? std::string_view() : std::string_view(data, static_cast<size_t>(length));
}

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close(handle); }

Error Database::failed(std::string_view what) const { return error_of(handle_.get(), what); }

Result<Database> Database::open(const DatabaseOptions& options) {
  Database database;
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const char* vfs = options.vfs.empty() ? nullptr : options.vfs.c_str();
  const int code = sqlite3_open_v2(options.path.c_str(), &handle, flags, vfs);
  database.handle_.reset(handle);
  if (handle == nullptr) return Error{Errc::kIo, "no memory to open " + options.path};
  if (code != SQLITE_OK) return database.failed("cannot open the database");
  sqlite3_extended_result_codes(handle, 0);
  ES_CHECK(database.configure(options));
  return database;
}

Status Database::configure(const DatabaseOptions& options) {
  sqlite3* handle = handle_.get();
  // Closing writes nothing: a store that failed must not touch the evidence.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  // EXCLUSIVE before the first access: the index of the write-ahead log then lives in the heap, not
  // in a shared file.
  ES_CHECK(execute("PRAGMA page_size=" + std::to_string(options.page_bytes) +
                   ";PRAGMA locking_mode=EXCLUSIVE;PRAGMA auto_vacuum=NONE;PRAGMA mmap_size=0;"
                   "PRAGMA cache_size=-64;PRAGMA temp_store=MEMORY;PRAGMA secure_delete=OFF;"
                   "PRAGMA cell_size_check=ON;PRAGMA trusted_schema=OFF;"
                   "PRAGMA synchronous=" +
                   options.synchronous));
  ES_TRY(Statement mode, prepare("PRAGMA journal_mode=WAL"));
  ES_TRY(const bool row, mode.step());
  if (!row || mode.bytes(0) != "wal")
    return Error{Errc::kIo, options.path + " cannot be write-ahead logged"};
  mode.reset();
  // SQLite's own checkpoints ignore a failed sync, so there are none but ours.
  ES_CHECK(execute("PRAGMA wal_autocheckpoint=0"));
  sqlite3_wal_hook(
      handle,
      [](void* frames, sqlite3*, const char*, int count) {
        *static_cast<int*>(frames) = count;
        return SQLITE_OK;
      },
      wal_frames_.get());
  return {};
}

Status Database::execute(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return failed("database");
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return failed("database");
  return Statement(statement);
}

Status Database::checkpoint() { return checkpoint_as(SQLITE_CHECKPOINT_RESTART); }
Status Database::finish() { return checkpoint_as(SQLITE_CHECKPOINT_TRUNCATE); }

Status Database::checkpoint_as(int mode) {
  const int code = sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, mode, nullptr, nullptr);
  if (code != SQLITE_OK) return failed("checkpoint");
  *wal_frames_ = 0;
  return {};
}

sqlite3_vfs* Database::vfs() const {
  sqlite3_vfs* vfs = nullptr;
  sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_VFS_POINTER, &vfs);
  return vfs;
}

}  // namespace es::store
