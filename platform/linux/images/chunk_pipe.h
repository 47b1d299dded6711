#pragma once
// ChunkPipe: bytes from the loop's thread to a worker's, bounded. The loop pushes what the network
// gives and stops reading while the pipe is full; the worker waits for more. Either end may give
// up.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "platform/linux/images/byte_source.h"

namespace es::images {

class ChunkPipe final : public ByteSource {
 public:
  static constexpr size_t kBytesMax = 1 << 20;

  // `drained` is called on the worker's thread, whenever a pipe that was full has room again, and
  // when the reader gives up.
  explicit ChunkPipe(std::function<void()> drained) : drained_(std::move(drained)) {}

  // Takes the chunk in any case; false when the pipe is full now. When nobody reads any more, the
  // chunk is dropped.
  bool push(std::string chunk);
  void finish();
  // The sender is gone: the reader gets the error.
  void abort(Error why);

  // Worker's side.
  Result<std::string_view> next() override;
  // Drops what is there and will come.
  void close_reader();

 private:
  std::function<void()> drained_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> chunks_;  // all below: with mutex_
  size_t bytes_ = 0;
  bool finished_ = false;
  bool reader_closed_ = false;
  bool was_full_ = false;
  std::optional<Error> error_;
  std::string current_;  // the worker's alone
};

}  // namespace es::images
