#include "platform/linux/runtime/log_reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <deque>

#include "platform/linux/cgroup/small_file.h"
#include "platform/linux/runtime/log_frame.h"

namespace es::runtime {

namespace {

constexpr std::string_view kPrefix = "log.";
constexpr size_t kNameDigits = 16;

std::string segment_name(uint64_t start) {
  std::string name(kPrefix);
  for (int shift = 60; shift >= 0; shift -= 4) name += "0123456789abcdef"[start >> shift & 0xf];
  return name;
}

// Bytes of one segment. Errors: kNotFound when the shim has removed it meanwhile, kIo.
Result<std::string> read_segment(const std::string& path, uint64_t from, size_t size) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return cgroup::system_error("cannot open", path);
  std::string bytes(size, '\0');
  const ssize_t n = pread(fd, bytes.data(), size, static_cast<off_t>(from));
  const Error error = n < 0 ? cgroup::system_error("cannot read", path) : Error{};
  close(fd);
  if (n < 0) return error;
  bytes.resize(static_cast<size_t>(n));
  return bytes;
}

// Takes the whole frames of `bytes`, which stand at batch.next_offset.
void take_frames(std::string_view bytes, LogReader::Batch& batch) {
  while (auto frame = parse_frame(bytes)) {
    if (frame->line) {
      batch.lines.push_back(std::move(*frame->line));
      batch.lines.back().offset = batch.next_offset;
    }
    batch.next_offset += frame->length;
    bytes.remove_prefix(frame->length);
  }
}

}  // namespace

std::vector<uint64_t> LogReader::segment_starts() const {
  std::vector<uint64_t> starts;
  DIR* entries = opendir(directory_.c_str());
  if (entries == nullptr) return starts;
  while (const dirent* entry = readdir(entries)) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with(kPrefix) || name.size() != kPrefix.size() + kNameDigits) continue;
    uint64_t start = 0;
    const auto [end, error] =
        std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), start, 16);
    if (error == std::errc() && end == name.data() + name.size()) starts.push_back(start);
  }
  closedir(entries);
  std::sort(starts.begin(), starts.end());
  return starts;
}

Result<LogReader::Batch> LogReader::read(uint64_t offset, size_t max_bytes) const {
  ES_ASSERT(max_bytes >= kReadBytesMin);
  Batch batch;
  batch.next_offset = offset;
  const std::vector<uint64_t> starts = segment_starts();
  if (starts.empty()) return batch;
  if (offset < starts.front()) {
    batch.gap = true;
    batch.next_offset = starts.front();
  }
  auto segment = std::upper_bound(starts.begin(), starts.end(), batch.next_offset) - 1;
  for (size_t left = max_bytes; left >= kReadBytesMin; ++segment) {
    const Result<std::string> bytes =
        read_segment(directory_ + "/" + segment_name(*segment), batch.next_offset - *segment, left);
    if (!bytes.ok() && bytes.error().code != Errc::kNotFound) return bytes.error();
    const size_t size = bytes.ok() ? bytes->size() : 0;
    if (bytes.ok()) take_frames(*bytes, batch);
    if (size == left || segment + 1 == starts.end()) break;
    // What is left of this file is no frame: its end. Should the file be gone, so are its lines.
    batch.gap = batch.gap || !bytes.ok();
    batch.next_offset = *(segment + 1);
    left -= size;
  }
  return batch;
}

Result<uint64_t> LogReader::tail(size_t lines) const {
  ES_ASSERT(lines <= kTailMax);
  std::deque<uint64_t> begins;  // of the last `lines` lines
  bool at_line_begin = true;
  for (uint64_t offset = 0;;) {
    ES_TRY(const Batch batch, read(offset));
    if (batch.lines.empty()) return begins.empty() ? batch.next_offset : begins.front();
    for (const LogLine& line : batch.lines) {
      if (at_line_begin) begins.push_back(line.offset);
      if (begins.size() > lines) begins.pop_front();
      at_line_begin = line.complete;
    }
    offset = batch.next_offset;
  }
}

Result<uint64_t> LogReader::since(WallTime time) const {
  for (uint64_t offset = 0;;) {
    ES_TRY(const Batch batch, read(offset));
    for (const LogLine& line : batch.lines) {
      if (line.time >= time) return line.offset;
    }
    if (batch.lines.empty()) return batch.next_offset;
    offset = batch.next_offset;
  }
}

}  // namespace es::runtime
