#include "core/wire/bytes.h"

namespace es::wire {

void Writer::varint(uint64_t value) {
  while (value >= 0x80) {
    bytes_.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  bytes_.push_back(static_cast<char>(value));
}

void Writer::big_endian(uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes_.push_back(static_cast<char>(value >> shift));
}

// Most runs are shorter than 128 bytes: their length is one byte, which is there already. A longer one moves up by the rest of its length, which
// costs less than to write it elsewhere and copy it.
size_t Writer::begin_run() {
  bytes_.push_back(0);
  return bytes_.size();
}

void Writer::end_run(size_t begin) {
  Writer length;
  length.varint(bytes_.size() - begin);
  bytes_[begin - 1] = length.bytes_[0];
  if (length.bytes_.size() > 1) bytes_.insert(begin, length.bytes_, 1);
}

Result<uint64_t> Reader::varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) return corrupt("number cut short");
    const uint8_t byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    if (shift == 63 && byte > 1) return corrupt("number above 64 bits");
    value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
  return corrupt("number above 64 bits");
}

Result<Tag> Reader::tag() {
  ES_TRY(const uint64_t raw, varint());
  const uint64_t number = raw >> 3;
  if (number == 0 || number >= (1u << 29)) return corrupt("field with an impossible number");
  switch (raw & 7) {
    case 0: case 1: case 2: case 5:
      return Tag{static_cast<uint32_t>(number), static_cast<WireType>(raw & 7)};
    default:
      return corrupt("field of an unknown wire type");
  }
}

Result<uint64_t> Reader::big_endian() {
  if (rest_.size() < 8) return corrupt("number cut short");
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = (value << 8) | static_cast<uint8_t>(rest_[static_cast<size_t>(i)]);
  rest_.remove_prefix(8);
  return value;
}

Result<Reader> Reader::sub() {
  ES_TRY(const uint64_t length, varint());
  if (length > rest_.size()) return corrupt("field longer than its message");
  Reader inner(rest_.substr(0, static_cast<size_t>(length)), budget_);
  rest_.remove_prefix(static_cast<size_t>(length));
  return inner;
}

Status Reader::skip(WireType type) {
  size_t length = 0;
  switch (type) {
    case WireType::kVarint: {
      auto value = varint();
      return value.ok() ? Status() : Status(value.error());
    }
    case WireType::kBytes: {
      auto inner = sub();
      return inner.ok() ? Status() : Status(inner.error());
    }
    case WireType::kFixed64: length = 8; break;
    case WireType::kFixed32: length = 4; break;
  }
  if (rest_.size() < length) return corrupt("field cut short");
  rest_.remove_prefix(length);
  return {};
}

std::string_view Reader::rest() {
  const std::string_view all = rest_;
  rest_ = {};
  return all;
}

}  // namespace es::wire
