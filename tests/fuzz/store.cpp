// A database whose files were damaged: opening it succeeds or is refused with a sentence, and what it
// gives was once written to it, entry by entry.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "platform/linux/crypto/aead.h"
#include "platform/linux/store/card_vfs.h"
#include "platform/linux/store/edge_db.h"
#include "tests/fuzz/input.h"

namespace {

using namespace es;
namespace fs = std::filesystem;

const crypto::Aead& aead() {
  static const crypto::Aead kAead =
      crypto::Aead::make(crypto::Cipher::kChaCha20Poly1305, std::string(32, 'k')).value();
  return kAead;
}

Result<store::EdgeDb> open(const std::string& dir, ports::Loaded& loaded) {
  store::DatabaseOptions options;
  options.path = dir + "/edge.db";
  options.vfs = store::card_vfs("").name;
  ES_TRY(store::EdgeDb edge, store::EdgeDb::open(dir, options, aead(), loaded));
  ES_CHECK(edge.settle());
  return edge;
}

std::string scratch() {
  std::string name = fs::exists("/dev/shm") ? "/dev/shm/es-fuzz-XXXXXX" : "/tmp/es-fuzz-XXXXXX";
  ES_ASSERT(mkdtemp(name.data()) != nullptr);
  return name;
}

std::string entry_data(uint64_t index) {
  return "entry " + std::to_string(index) + std::string(index * 37 % 500, '.');
}

// What was written, and the files that hold it, as a pulled plug would leave them.
struct Original {
  std::map<std::string, std::string> files;
  std::set<std::string> fact_values;
  std::set<uint64_t> terms;
  std::string snapshot = std::string(3'000, 's');

  Original() {
    const std::string dir = scratch();
    ports::Loaded loaded;
    auto database = open(dir, loaded);
    ES_ASSERT(database.ok());
    for (uint64_t step = 1; step <= 8; ++step) {
      const ports::Batch batch = batch_of(step);
      ES_ASSERT(database->commit({&batch}).ok());
      if (step == 5) ES_ASSERT(database->checkpoint().ok());
    }
    for (const auto& file : fs::directory_iterator(dir)) {
      std::ifstream in(file.path(), std::ios::binary);
      files[file.path().filename()] = {std::istreambuf_iterator<char>(in), {}};
    }
    fs::remove_all(dir);
  }

  ports::Batch batch_of(uint64_t step) {
    ports::Batch batch;
    for (uint64_t index = step * 4 - 3; index <= step * 4; ++index) {
      batch.entries.push_back({index, step, 0, entry_data(index)});
    }
    batch.hard_state = ports::StoredHardState{step, 1};
    terms.insert(step);
    const std::string value = "value " + std::to_string(step);
    batch.facts["fact"] = value;
    fact_values.insert(value);
    if (step != 4) return batch;
    batch.entries.clear();  // a snapshot instead, of all that it stands for
    batch.snapshot = ports::StoredSnapshot{16, 4, "voters", snapshot};
    batch.compact_to = 12;
    return batch;
  }
};

void damage(fuzz::Input& in, std::string& bytes) {
  if (bytes.empty()) return;
  const size_t at = in.below(bytes.size());
  switch (in.below(4)) {
    case 0: bytes.resize(at); break;
    case 1: std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                        std::min<size_t>(512, bytes.size() - at), '\0'); break;
    case 2: std::copy_n(bytes.begin(), std::min<size_t>(512, bytes.size() - at),
                        bytes.begin() + static_cast<std::ptrdiff_t>(at)); break;
    default: bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1 << in.below(8))); break;
  }
}

void check(const Original& original, const ports::Loaded& loaded) {
  for (const ports::StoredEntry& entry : loaded.entries) {
    ES_ASSERT(entry.data == entry_data(entry.index) && entry.term == (entry.index + 3) / 4);
  }
  ES_ASSERT(loaded.hard_state.term == 0 || original.terms.contains(loaded.hard_state.term));
  if (loaded.snapshot) {
    ES_ASSERT(loaded.snapshot->data == original.snapshot && loaded.snapshot->index == 16);
  }
  for (const auto& [name, value] : loaded.facts) {
    ES_ASSERT(name == "fact" && original.fact_values.contains(value));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Original kOriginal;
  static const std::string kDir = scratch();
  fuzz::Input in(data, size);
  fs::remove_all(kDir);
  fs::create_directory(kDir);
  auto files = kOriginal.files;
  for (int count = 0; count < 6 && !in.done(); ++count) {
    damage(in, std::next(files.begin(), static_cast<int>(in.below(files.size())))->second);
  }
  for (const auto& [name, bytes] : files) {
    std::ofstream(kDir + "/" + name, std::ios::binary) << bytes;
  }
  ports::Loaded loaded;
  const auto database = open(kDir, loaded);
  if (database.ok()) check(kOriginal, loaded);
  else ES_ASSERT(!database.error().message.empty());
  return 0;
}
