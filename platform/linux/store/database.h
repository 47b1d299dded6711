#pragma once
// Database and Statement: SQLite's handles with owners, and its codes as Results. A Database
// belongs to one thread at a time.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"

struct sqlite3;
struct sqlite3_stmt;
struct sqlite3_vfs;

namespace es::store {

struct DatabaseOptions {
  std::string path = {};
  std::string vfs;  // empty: SQLite's own
  int page_bytes = 4096;
  std::string synchronous = "FULL";  // anything less is for tests that must fail
};

// A prepared statement. bind() numbers from 1; bound bytes must live until the next reset().
class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  Statement& bind(int number, uint64_t value);
  Statement& bind(int number, std::string_view bytes);
  // True: a row is there. Errors: kIo, kCorrupt. After an error or the last row the statement is
  // reset.
  Result<bool> step();
  // One step of a statement that returns no rows.
  Status run();
  void reset();
  // Rows that the last INSERT or DELETE of this database touched.
  int rows_changed() const;

  uint64_t integer(int column) const;
  // Valid until the next step or reset.
  std::string_view bytes(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  // Opens or makes the file, write-ahead logged. Errors: kIo, kCorrupt.
  static Result<Database> open(const DatabaseOptions& options);

  Status execute(const std::string& sql);
  Result<Statement> prepare(std::string_view sql);
  // Frames in the write-ahead log after the last commit.
  int wal_frames() const { return *wal_frames_; }
  // Writes the log's pages home and starts the log anew. Errors: kIo; then nobody knows what the
  // medium holds.
  Status checkpoint();
  // The same, and empties the log's file: the next open finds nothing to do.
  Status finish();
  sqlite3_vfs* vfs() const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  Status configure(const DatabaseOptions& options);
  Status checkpoint_as(int mode);
  Error failed(std::string_view what) const;

  std::unique_ptr<int> wal_frames_ =
      std::make_unique<int>(0);  // before handle_, whose hook points at it
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace es::store
