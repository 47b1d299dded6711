#include "platform/linux/store/root.h"

#include "core/base/assert.h"
#include "core/wire/codec.h"

namespace es::store {

namespace {

constexpr std::string_view kAssociated = "root";

uint64_t number_at(std::string_view bytes, size_t offset) {
  uint64_t number = 0;
  for (size_t i = 0; i < 8; ++i) number = (number << 8) | static_cast<uint8_t>(bytes[offset + i]);
  return number;
}

}  // namespace

std::string_view link_of(std::string_view sealed) {
  ES_ASSERT(sealed.size() >= crypto::kTagSize);
  return sealed.substr(sealed.size() - crypto::kTagSize);
}

void LinkSum::add(std::string_view link) {
  ES_ASSERT(link.size() == crypto::kTagSize);
  const uint64_t low = number_at(link, 8);
  low_ += low;
  high_ += number_at(link, 0) + (low_ < low ? 1 : 0);
}

void LinkSum::subtract(std::string_view link) {
  ES_ASSERT(link.size() == crypto::kTagSize);
  const uint64_t low = number_at(link, 8);
  high_ -= number_at(link, 0) + (low_ < low ? 1 : 0);
  low_ -= low;
}

std::string seal_root(const crypto::Aead& aead, Root root) {
  root.format = kFormatVersion;
  return aead.seal(wire::encode(root), kAssociated);
}

Result<Root> open_root(const crypto::Aead& aead, std::string_view sealed) {
  ES_TRY(const std::string plain, aead.open(sealed, kAssociated));
  ES_TRY(Root root, wire::decode<Root>(plain));
  if (root.format > kFormatVersion) {
    return Error{Errc::kUnsupported, "the store was written by a newer edgeswarm; update this one"};
  }
  return root;
}

}  // namespace es::store
