#pragma once
// Compressed texts for tests.

#include <zlib.h>
#include <zstd.h>

#include <string>

#include "core/base/assert.h"

namespace es::images {

using Pack = std::string (*)(const std::string&);

inline std::string as_is(const std::string& bytes) { return bytes; }

inline std::string gzip(const std::string& plain) {
  z_stream stream{};
  ES_ASSERT(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, plain.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ES_ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string zstd(const std::string& plain) {
  std::string out(ZSTD_compressBound(plain.size()), '\0');
  const size_t length = ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), 3);
  ES_ASSERT(!ZSTD_isError(length));
  out.resize(length);
  return out;
}

}  // namespace es::images
