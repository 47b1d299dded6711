#pragma once
// A store in a folder of its own, with a loop that runs its completions on the test's thread.

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "core/ports/store.h"
#include "platform/linux/crypto/aead.h"
#include "platform/linux/store/sqlite_store.h"

namespace es::store {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class Loop {
 public:
  std::function<void(std::function<void()>)> poster();
  // Runs what is posted until the condition holds; gives up, failing the test, after a minute.
  void run_until(const std::function<bool()>& condition);

 private:
  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<std::function<void()>> functions_;
};

const crypto::Aead& key(int number);

struct OpenStore {
  explicit OpenStore(const std::string& dir,
                     StoreOptions options = {});  // requires that load() succeeds
  Status write(ports::Batch batch);               // and waits
  void reopen();
  SqliteStore* operator->() { return store.get(); }

  StoreOptions options;
  Loop loop;
  std::unique_ptr<SqliteStore> store;
  ports::Loaded loaded;
};

// Opens, loads and closes.
Result<ports::Loaded> try_load(const std::string& dir, StoreOptions options = {});

// Entries first..last with data that depends on index and term.
ports::Batch entries(uint64_t first, uint64_t last, uint64_t term, size_t bytes = 40);

std::string read_all(const std::string& path);
void write_all(const std::string& path, const std::string& bytes);
int rows(const std::string& dir, const std::string& table);  // of a copy of the database

}  // namespace es::store
