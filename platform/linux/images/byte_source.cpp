#include "platform/linux/images/byte_source.h"

namespace es::images {

Result<std::string_view> HashedSource::next() {
  ES_TRY(const std::string_view piece, from_->next());
  hash_.add(piece);
  bytes_ += piece.size();
  return piece;
}

std::string HashedSource::digest() { return "sha256:" + crypto::to_hex(hash_.finish()); }

Result<std::string> read_all(ByteSource& from, size_t bytes_max) {
  std::string bytes;
  for (;;) {
    ES_TRY(const std::string_view piece, from.next());
    if (piece.empty()) return bytes;
    if (bytes.size() + piece.size() > bytes_max) {
      return Error{Errc::kLimit, "more than " + std::to_string(bytes_max) + " bytes"};
    }
    bytes += piece;
  }
}

Status skip_all(ByteSource& from) {
  for (;;) {
    ES_TRY(const std::string_view piece, from.next());
    if (piece.empty()) return {};
  }
}

}  // namespace es::images
