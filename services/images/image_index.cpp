#include "services/images/image_index.h"

#include "core/wire/codec.h"
#include "platform/linux/crypto/atomic_file.h"
#include "platform/linux/images/layer_store.h"

namespace es::images {

namespace {

constexpr size_t kIndexBytesMax = 16 << 20;

}  // namespace

// The digest of the rest, a line feed, the rest.
Result<Index> read_index(const std::string& path) {
  auto file = crypto::read_file(path, kIndexBytesMax);
  if (!file.ok() && file.error().code == Errc::kNotFound) return Index{};
  if (!file.ok()) return std::move(file).error();
  const std::string_view bytes = file->view();
  const size_t line = bytes.find('\n');
  if (line == bytes.npos || digest_of(bytes.substr(line + 1)) != bytes.substr(0, line)) {
    return corrupt(path + " is damaged");
  }
  return wire::decode<Index>(bytes.substr(line + 1));
}

Status write_index(const std::string& path, const Index& index) {
  const std::string bytes = wire::encode(index);
  return crypto::write_file_atomically(path, digest_of(bytes) + "\n" + bytes, 0600);
}

}  // namespace es::images
