// The chain of sources: decompression, its bounds, and the pipe between two threads.

#include <doctest.h>

#include <thread>

#include "core/base/prng.h"
#include "platform/linux/images/chunk_pipe.h"
#include "platform/linux/images/decompressor.h"
#include "tests/unit/linux_images/compress.h"
#include "tests/unit/linux_images/tar_builder.h"

namespace es::images {

namespace {

Result<std::string> decompress(const std::string& bytes, size_t piece = 7001) {
  TextSource source(bytes, piece);
  Decompressor decompressor(source);
  return read_all(decompressor, 1 << 30);
}

std::string noise(size_t length) {
  Prng prng(5);
  std::string bytes(length, '\0');
  for (char& byte : bytes) byte = static_cast<char>(prng.below(16));
  return bytes;
}

}  // namespace

TEST_CASE("gzip, zstd and plain bytes come out as they went in, in pieces of any size") {
  for (const size_t length : {size_t{0}, size_t{1}, size_t{1000}, size_t{1'000'000}}) {
    const std::string plain = noise(length);
    for (const size_t piece : {size_t{1}, size_t{13}, size_t{4096}, size_t{1} << 20}) {
      if (length / piece > 100'000) continue;
      CAPTURE(length);
      CAPTURE(piece);
      CHECK(decompress(plain, piece).value_or("?") == plain);
      CHECK(decompress(gzip(plain), piece).value_or("?") == plain);
      CHECK(decompress(zstd(plain), piece).value_or("?") == plain);
      CHECK(decompress(gzip(plain) + gzip("more"), piece).value_or("?") == plain + "more");
      CHECK(decompress(zstd(plain) + zstd("more"), piece).value_or("?") == plain + "more");
    }
  }
}

TEST_CASE("damaged, cut off and unsupported compression is an error") {
  const std::string plain = noise(100'000);
  for (const std::string& packed : {gzip(plain), zstd(plain)}) {
    for (size_t part = 1; part < 50; ++part)
      CHECK_FALSE(decompress(packed.substr(0, packed.size() * part / 50)).ok());
    CHECK_FALSE(decompress(packed + "garbage").ok());
  }
  std::string flipped = gzip(plain);
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 4);
  CHECK_FALSE(decompress(flipped).ok());
  CHECK(decompress("BZh91AY&SY").error().message.find("bzip2") != std::string::npos);
  CHECK(decompress(std::string("\xfd"
                               "7zXZ\0",
                               6))
            .error()
            .message.find("xz") != std::string::npos);
}

TEST_CASE("a bomb stops early") {
  for (const Pack pack : {gzip, zstd}) {
    std::string bomb;
    for (int i = 0; i < 200; ++i) bomb += pack(std::string(1 << 20, '\0'));
    TextSource source(bomb);
    Decompressor decompressor(source);
    HashedSource counted(decompressor);
    const Status status = skip_all(counted);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == Errc::kLimit);
    CHECK(counted.bytes() < (100 << 20));
  }
}

TEST_CASE("a zstd frame that asks for gigabytes of memory is refused") {
  // Magic, a frame header with a window of 2^31 bytes, one raw block.
  const std::string frame("\x28\xb5\x2f\xfd\x00\xa8\x09\x00\x00x", 10);
  CHECK_FALSE(decompress(frame).ok());
}

TEST_CASE("the pipe is bounded, keeps the order, and either end may give up") {
  ChunkPipe pipe([] {});
  std::string read;
  std::thread reader([&] {
    for (;;) {
      const auto piece = pipe.next();
      if (!piece.ok() || piece->empty()) break;
      read += *piece;
    }
  });
  std::string sent;
  for (int i = 0; i < 100; ++i) {
    const std::string chunk(40'000, static_cast<char>('a' + i % 26));
    sent += chunk;
    (void)pipe.push(chunk);
  }
  pipe.finish();
  reader.join();
  CHECK(read == sent);

  ChunkPipe full([] {});
  int taken = 0;
  while (full.push(std::string(100'000, 'x'))) ++taken;
  CHECK(taken == 10);
  int drained = 0;
  ChunkPipe tells([&] { ++drained; });
  while (tells.push(std::string(100'000, 'x'))) {
  }
  while (drained == 0) CHECK(tells.next().ok());
  full.close_reader();
  CHECK(full.push("dropped"));

  ChunkPipe aborted([] {});
  CHECK(aborted.push("half"));
  aborted.abort({Errc::kUnavailable, "gone"});
  CHECK(aborted.next().error().message == "gone");
}

TEST_CASE("a full pipe says when it has room, also when a last piece came in between") {
  int drained = 0;
  ChunkPipe pipe([&] { ++drained; });
  while (pipe.push(std::string(65'536, 'x'))) {
  }
  CHECK(pipe.next().ok());
  CHECK(pipe.next().ok());
  CHECK_FALSE(pipe.push("of the same read"));  // the writer was told to wait, and waits
  while (drained == 0) REQUIRE_FALSE(pipe.next()->empty());
  CHECK(pipe.push("more"));
}

TEST_CASE("pieces of one byte cost the pipe no more than long ones") {
  ChunkPipe pipe([] {});
  for (int i = 0; i < 200'000; ++i) (void)pipe.push("x");
  pipe.finish();
  size_t pieces = 0;
  size_t bytes = 0;
  for (;;) {
    const auto piece = pipe.next();
    REQUIRE(piece.ok());
    if (piece->empty()) break;
    ++pieces;
    bytes += piece->size();
  }
  CHECK(bytes == 200'000);
  CHECK(pieces <= 4);
}

}  // namespace es::images
