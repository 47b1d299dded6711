#include "platform/linux/images/chunk_pipe.h"

namespace es::images {

namespace {
constexpr size_t kJoinedBytesMax = 64 << 10;
}  // namespace

bool ChunkPipe::push(std::string chunk) {
  const std::lock_guard lock(mutex_);
  if (reader_closed_ || chunk.empty())
    return true;  // an empty piece would mean the end to the reader
  bytes_ += chunk.size();
  // Small pieces are joined: a piece of one byte would take as much memory as fifty.
  if (!chunks_.empty() && chunks_.back().size() + chunk.size() <= kJoinedBytesMax) {
    chunks_.back() += chunk;
  } else {
    chunks_.push_back(std::move(chunk));
  }
  changed_.notify_one();
  // Once the writer was told to wait only the reader says when to go on, also when a last piece
  // comes in between.
  was_full_ = was_full_ || bytes_ >= kBytesMax;
  return !was_full_;
}

void ChunkPipe::finish() {
  const std::lock_guard lock(mutex_);
  finished_ = true;
  changed_.notify_one();
}

void ChunkPipe::abort(Error why) {
  const std::lock_guard lock(mutex_);
  error_ = std::move(why);
  changed_.notify_one();
}

Result<std::string_view> ChunkPipe::next() {
  bool has_room = false;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !chunks_.empty() || finished_ || error_; });
    if (error_) return *error_;
    if (chunks_.empty()) return std::string_view();
    current_ = std::move(chunks_.front());
    chunks_.pop_front();
    bytes_ -= current_.size();
    has_room = was_full_ && bytes_ < kBytesMax / 2;
    if (has_room) was_full_ = false;
  }
  if (has_room) drained_();
  return std::string_view(current_);
}

void ChunkPipe::close_reader() {
  {
    const std::lock_guard lock(mutex_);
    reader_closed_ = true;
    chunks_.clear();
    bytes_ = 0;
  }
  drained_();
}

}  // namespace es::images
