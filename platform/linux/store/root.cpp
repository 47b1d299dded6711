#include "platform/linux/store/root.h"

#include <algorithm>

#include "core/base/assert.h"
#include "core/base/hash.h"
#include "core/wire/codec.h"

namespace es::store {

namespace {

constexpr std::string_view kAssociated = "root";
constexpr std::string_view kMark = "edgemark";

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

std::string mark(uint64_t transaction) {
  wire::Writer out;
  out.raw(kMark);
  out.big_endian(transaction);
  Hash64 check;  // a mark that was torn in its middle is none
  check.add(out.bytes());
  out.big_endian(check.value());
  return std::move(out).take();
}

std::optional<uint64_t> newest_mark(std::string_view page) {
  std::optional<uint64_t> newest;
  for (size_t at = page.find(kMark); at != page.npos; at = page.find(kMark, at + 1)) {
    if (at + kMark.size() + 8 > page.size()) break;
    const uint64_t number = number_at(page, at + kMark.size());
    if (page.substr(at).starts_with(mark(number))) newest = std::max(newest, std::optional(number));
  }
  return newest;
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
