#include "platform/linux/images/decompressor.h"

#include <zlib.h>
#include <zstd.h>

#include <vector>

#include "core/base/assert.h"

namespace es::images {

// Input in pieces, with what was read to tell the method first.
class Decompressor::Method : public ByteSource {
 public:
  Method(std::string start, ByteSource& from) : start_(std::move(start)), from_(&from) {}

 protected:
  Result<std::string_view> input() {
    if (!start_.empty()) {
      first_ = std::move(start_);
      start_.clear();
      bytes_in_ += first_.size();
      return std::string_view(first_);
    }
    ES_TRY(const std::string_view piece, from_->next());
    bytes_in_ += piece.size();
    return piece;
  }

  Status check_ratio(size_t produced) {
    bytes_out_ += produced;
    if (bytes_out_ <= kFreeBytes || bytes_out_ / kRatioMax <= bytes_in_) return {};
    return Error{Errc::kLimit, "the archive unpacks to more than " + std::to_string(kRatioMax) +
                                   " times its size"};
  }

 private:
  std::string start_;
  std::string first_;
  ByteSource* from_;
  uint64_t bytes_in_ = 0;
  uint64_t bytes_out_ = 0;
};

class Decompressor::Plain final : public Method {
 public:
  using Method::Method;
  Result<std::string_view> next() override { return input(); }
};

class Decompressor::Gzip final : public Method {
 public:
  Gzip(std::string start, ByteSource& from) : Method(std::move(start), from), out_(kPieceBytes) {
    ES_ASSERT(inflateInit2(&stream_, 15 + 16) == Z_OK);  // a gzip header, the largest window
  }
  ~Gzip() override { inflateEnd(&stream_); }

  Result<std::string_view> next() override {
    stream_.next_out = out_.data();
    stream_.avail_out = static_cast<uInt>(out_.size());
    while (stream_.avail_out == out_.size()) {
      if (stream_.avail_in == 0) {
        ES_TRY(const std::string_view piece, input());
        if (piece.empty() && between_members_) return std::string_view();
        if (piece.empty()) return invalid("the gzip data ends too early");
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
        stream_.avail_in = static_cast<uInt>(piece.size());
      }
      ES_CHECK(inflate_some());
    }
    const size_t produced = out_.size() - stream_.avail_out;
    ES_CHECK(check_ratio(produced));
    return std::string_view(reinterpret_cast<const char*>(out_.data()), produced);
  }

 private:
  Status inflate_some() {
    if (between_members_) ES_ASSERT(inflateReset(&stream_) == Z_OK);
    between_members_ = false;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    if (code == Z_STREAM_END)
      between_members_ = true;
    else if (code != Z_OK)
      return invalid("the gzip data is damaged");
    return {};
  }

  z_stream stream_{};
  std::vector<Bytef> out_;
  bool between_members_ = false;
};

class Decompressor::Zstd final : public Method {
 public:
  Zstd(std::string start, ByteSource& from)
      : Method(std::move(start), from), context_(ZSTD_createDCtx()), out_(kPieceBytes) {
    ES_ASSERT(context_ != nullptr);
    // 8 MB, what RFC 8878 §3.1.1.1.2 asks decoders to support: a frame may ask for gigabytes.
    ES_ASSERT(!ZSTD_isError(ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, 23)));
  }
  ~Zstd() override { ZSTD_freeDCtx(context_); }

  Result<std::string_view> next() override {
    ZSTD_outBuffer out{out_.data(), out_.size(), 0};
    while (out.pos == 0) {
      if (in_.pos == in_.size && !flushing_) {
        ES_TRY(const std::string_view piece, input());
        if (piece.empty() && between_frames_) return std::string_view();
        if (piece.empty()) return invalid("the zstd data ends too early");
        in_ = {piece.data(), piece.size(), 0};
      }
      const size_t code = ZSTD_decompressStream(context_, &out, &in_);
      if (ZSTD_isError(code))
        return invalid(std::string("the zstd data is damaged: ") + ZSTD_getErrorName(code));
      between_frames_ = code == 0;
      flushing_ = out.pos == out.size;  // there may be more of it without more input
    }
    ES_CHECK(check_ratio(out.pos));
    return std::string_view(out_.data(), out.pos);
  }

 private:
  ZSTD_DCtx* context_;
  ZSTD_inBuffer in_{nullptr, 0, 0};
  std::vector<char> out_;
  bool between_frames_ = false;
  bool flushing_ = false;
};

Decompressor::Decompressor(ByteSource& from) : from_(&from) {}
Decompressor::~Decompressor() = default;

Status Decompressor::choose_method() {
  while (start_.size() < 6) {
    ES_TRY(const std::string_view piece, from_->next());
    if (piece.empty()) break;
    start_ += piece;
  }
  const std::string_view start = start_;
  if (start.starts_with("\x1f\x8b"))
    method_ = std::make_unique<Gzip>(std::move(start_), *from_);
  else if (start.starts_with("\x28\xb5\x2f\xfd"))
    method_ = std::make_unique<Zstd>(std::move(start_), *from_);
  else if (start.starts_with("BZh"))
    return invalid("bzip2 is not supported; use gzip, zstd or no compression");
  else if (start.starts_with("\xfd"
                             "7zXZ"))
    return invalid("xz is not supported; use gzip, zstd or no compression");
  else
    method_ = std::make_unique<Plain>(std::move(start_), *from_);
  return {};
}

Result<std::string_view> Decompressor::next() {
  if (!method_) ES_CHECK(choose_method());
  return method_->next();
}

}  // namespace es::images
