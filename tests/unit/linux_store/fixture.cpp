#include "tests/unit/linux_store/fixture.h"

#include <doctest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

namespace es::store {

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "es-store-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::function<void(std::function<void()>)> Loop::poster() {
  return [this](std::function<void()> function) {
    {
      const std::lock_guard lock(mutex_);
      functions_.push_back(std::move(function));
    }
    posted_.notify_one();
  };
}

void Loop::run_until(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    std::unique_lock lock(mutex_);
    REQUIRE(posted_.wait_until(lock, deadline, [this] { return !functions_.empty(); }));
    const std::function<void()> function = std::move(functions_.front());
    functions_.pop_front();
    lock.unlock();
    function();
  }
}

const crypto::Aead& key(int number) {
  static std::map<int, crypto::Aead> keys;
  auto found = keys.find(number);
  if (found == keys.end()) {
    auto aead = crypto::Aead::make(crypto::Cipher::kChaCha20Poly1305,
                                   std::string(32, static_cast<char>(number)));
    found = keys.emplace(number, std::move(aead).value()).first;
  }
  return found->second;
}

OpenStore::OpenStore(const std::string& dir, StoreOptions given) : options(std::move(given)) {
  options.dir = dir;
  options.aead = &key(1);
  options.post = loop.poster();
  reopen();
}

void OpenStore::reopen() {
  store.reset();
  store = std::make_unique<SqliteStore>(options);
  auto result = store->load();
  if (!result.ok()) FAIL(result.error().message);
  loaded = std::move(result).value();
}

Status OpenStore::write(ports::Batch batch) {
  std::optional<Status> answer;
  store->write(std::move(batch), [&](Status status) { answer = std::move(status); });
  loop.run_until([&] { return answer.has_value(); });
  return *answer;
}

Result<ports::Loaded> try_load(const std::string& dir, StoreOptions options) {
  Loop loop;
  options.dir = dir;
  options.aead = &key(1);
  options.post = loop.poster();
  SqliteStore store(options);
  return store.load();
}

ports::Batch entries(uint64_t first, uint64_t last, uint64_t term, size_t bytes) {
  ports::Batch batch;
  for (uint64_t index = first; index <= last; ++index) {
    std::string data = "entry " + std::to_string(index) + " of term " + std::to_string(term);
    data.resize(bytes, '.');
    batch.entries.push_back({index, term, 0, std::move(data)});
  }
  return batch;
}

std::string read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_all(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

int rows(const std::string& dir, const std::string& table) {
  TempDir copy;
  for (const char* name : {"/edge.db", "/edge.db-wal"})
    write_all(copy.path() + name, read_all(dir + name));
  sqlite3* database = nullptr;
  sqlite3_open((copy.path() + "/edge.db").c_str(), &database);
  sqlite3_exec(database, "PRAGMA locking_mode=EXCLUSIVE", nullptr, nullptr, nullptr);
  int count = -1;
  sqlite3_exec(
      database, ("SELECT count(*) FROM " + table).c_str(),
      [](void* out, int, char** values, char**) {
        *static_cast<int*>(out) = std::stoi(values[0]);
        return 0;
      },
      &count, nullptr);
  sqlite3_close(database);
  return count;
}

}  // namespace es::store
