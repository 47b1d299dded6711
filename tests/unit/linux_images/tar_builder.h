#pragma once
// TarBuilder: tar archives byte by byte, honest and hostile ones.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "platform/linux/images/byte_source.h"

namespace es::images {

class TarBuilder {
 public:
  static constexpr size_t kBlock = 512;

  struct Header {
    std::string name;
    char type = '0';  // POSIX ustar: 0 file, 1 hard link, 2 symbolic link, 3 and 4 devices, 5
                      // folder, 6 fifo, x pax
    std::string target = {};
    uint32_t mode = 0644;
    uint32_t uid = 0;
    uint32_t gid = 0;
    uint32_t device_major = 0;
    uint32_t device_minor = 0;
  };

  TarBuilder& add(const Header& header, std::string_view content = {}) {
    const bool too_long = header.name.size() > 100 || header.target.size() > 100;
    if (too_long) pax({{"path", header.name}, {"linkpath", header.target}});
    append(header, content);
    return *this;
  }
  TarBuilder& file(const std::string& name, std::string_view content, uint32_t mode = 0644) {
    return add({.name = name, .mode = mode}, content);
  }
  TarBuilder& folder(const std::string& name, uint32_t mode = 0755) {
    return add({.name = name, .type = '5', .mode = mode});
  }
  TarBuilder& symlink(const std::string& name, const std::string& target) {
    return add({.name = name, .type = '2', .target = target, .mode = 0777});
  }
  TarBuilder& hard_link(const std::string& name, const std::string& target) {
    return add({.name = name, .type = '1', .target = target});
  }

  // Records for the next entry.
  TarBuilder& pax(std::initializer_list<std::pair<std::string, std::string>> records) {
    std::string body;
    for (const auto& [key, value] : records) {
      if (value.empty()) continue;
      const std::string rest = " " + key + "=" + value + "\n";
      size_t length = rest.size();  // counts its own digits
      while (std::to_string(length).size() + rest.size() != length) ++length;
      body += std::to_string(length) + rest;
    }
    append({.name = "pax", .type = 'x'}, body);
    return *this;
  }

  std::string finish() const { return bytes_ + std::string(2 * kBlock, '\0'); }
  const std::string& unfinished() const { return bytes_; }

 private:
  void append(const Header& header, std::string_view content) {
    char block[kBlock] = {};
    const auto text = [&](size_t at, std::string_view value, size_t room) {
      std::memcpy(block + at, value.data(), std::min(value.size(), room));
    };
    const auto octal = [&](size_t at, size_t width, uint64_t value) {
      for (size_t digit = width - 1; digit-- > 0; value /= 8)
        block[at + digit] = static_cast<char>('0' + value % 8);
    };
    text(0, header.name, 100);
    octal(100, 8, header.mode);
    octal(108, 8, header.uid);
    octal(116, 8, header.gid);
    octal(124, 12, content.size());
    octal(136, 12, 1'700'000'000);
    text(148, "        ", 8);
    block[156] = header.type;
    text(157, header.target, 100);
    text(257, std::string_view("ustar\00000", 8), 8);
    octal(329, 8, header.device_major);
    octal(337, 8, header.device_minor);
    unsigned sum = 0;
    for (const char byte : block) sum += static_cast<unsigned char>(byte);
    octal(148, 7, sum);
    bytes_.append(block, kBlock);
    bytes_ += content;
    bytes_.append((kBlock - content.size() % kBlock) % kBlock, '\0');
  }

  std::string bytes_;
};

// A text as a stream, in pieces of an odd size.
class TextSource final : public ByteSource {
 public:
  explicit TextSource(std::string text, size_t piece = 7001)
      : text_(std::move(text)), piece_(piece) {}
  Result<std::string_view> next() override {
    const std::string_view piece = std::string_view(text_).substr(at_, piece_);
    at_ += piece.size();
    return piece;
  }

 private:
  std::string text_;
  size_t piece_;
  size_t at_ = 0;
};

}  // namespace es::images
