// Image archives: whatever the bytes are, loading them ends with images or one sentence, leaves
// nothing outside of its folder, and makes no device that the host knows.

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "platform/linux/images/archive_reader.h"
#include "services/images/archive_plan.h"
#include "tests/fuzz/input.h"

namespace {

using namespace es;
namespace fs = std::filesystem;

// In memory where there is such a folder.
const std::string& scratch() {
  static const std::string kScratch = [] {
    std::string name = fs::exists("/dev/shm") ? "/dev/shm/es-fuzz-XXXXXX" : "/tmp/es-fuzz-XXXXXX";
    ES_ASSERT(mkdtemp(name.data()) != nullptr);
    return name;
  }();
  return kScratch;
}

class Pieces final : public images::ByteSource {
 public:
  Pieces(std::string_view bytes, size_t piece) : rest_(bytes), piece_(piece) {}
  Result<std::string_view> next() override {
    const std::string_view now = rest_.substr(0, piece_);
    rest_.remove_prefix(now.size());
    return now;
  }

 private:
  std::string_view rest_;
  size_t piece_;
};

void check_devices(const std::string& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    struct stat there {};
    ES_ASSERT(lstat(entry.path().c_str(), &there) == 0);
    ES_ASSERT(!S_ISBLK(there.st_mode));
    ES_ASSERT(!S_ISCHR(there.st_mode) || there.st_rdev == 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  const size_t piece = 1 + input.below(1'000);
  const std::string bytes = input.rest();
  const std::string inside = scratch() + "/inside";
  fs::create_directory(inside);
  images::ArchiveLimits limits;
  limits.layer = {1 << 20, 200, 0};
  limits.files_max = 64;
  limits.keep_blobs = size % 2 == 0;
  int folders = 0;
  Pieces source(bytes, piece);
  const auto contents = images::read_archive(source, limits, [&]() -> Result<std::string> {
    const std::string folder = inside + "/" + std::to_string(folders++);
    fs::create_directory(folder);
    return folder;
  });
  if (contents.ok()) {
    const auto planned = images::plan_images(*contents, Platform{"arm64", "linux", "v8"});
    ES_ASSERT(planned.ok() || !planned.error().message.empty());
  } else {
    ES_ASSERT(!contents.error().message.empty());
  }
  check_devices(inside);
  fs::remove_all(inside);
  ES_ASSERT(fs::is_empty(scratch()));
  return 0;
}
