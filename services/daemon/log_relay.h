#pragma once
// LogRelay: the output of tasks, from the node that runs them to the manager that was asked. One batch is under way at a time for each
// stream; the next goes out when the reader says that it has room.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "core/base/id.h"
#include "platform/linux/net/timer.h"
#include "platform/linux/runtime/log_reader.h"
#include "core/driver/envelope.h"

namespace es::daemon {

// Streams that other nodes read here, and streams that this node reads elsewhere.
constexpr size_t kMaxLogStreams = 64;
// How often a followed task's files are looked at.
constexpr Duration kFollowInterval = milliseconds(200);

class LogRelay {
 public:
  struct Ports {
    linux_net::Loop& loop;
    NodeId self;
    std::function<std::string(TaskId)> directory;  // of a task's output on this node
    std::function<bool(TaskId)> has_ended;         // nothing more will be written
    std::function<Status(NodeId, const driver::Envelope&)> send;
  };
  using OnBatch = std::function<void(wire::LogBatch)>;

  explicit LogRelay(Ports ports);

  // `on_batch` is called, in later turns, until a batch says `end`. Returns the number of the stream.
  uint64_t open(NodeId node, const wire::LogRequest& request, OnBatch on_batch);
  void pause(uint64_t stream, bool paused);
  void close(uint64_t stream);

  void receive(NodeId from, const wire::LogAsk& ask);
  void receive(NodeId from, const wire::LogCredit& credit);
  void receive(NodeId from, const wire::LogStop& stop);
  void receive(NodeId from, const wire::LogPiece& piece);
  void peer_lost(NodeId node);

 private:
  // A stream that is read here for another node (or for this one).
  struct Source {
    wire::LogRequest request;
    runtime::LogReader reader;
    uint64_t offset = 0;
    bool credit = true;
  };
  using SourceKey = std::pair<NodeId, uint64_t>;
  // A stream that comes from a node.
  struct Sink {
    NodeId from;
    OnBatch on_batch;
    bool paused = false;
    bool owes_credit = false;
  };

  Result<uint64_t> first_offset(const wire::LogRequest& request, const runtime::LogReader& reader) const;
  // False when the stream has ended.
  bool feed(const SourceKey& key, Source& source);
  Result<wire::LogBatch> next_batch(Source& source) const;
  void feed_all();
  void deliver(NodeId to, driver::Envelope envelope);

  Ports ports_;
  std::map<SourceKey, Source> sources_;
  std::map<uint64_t, Sink> sinks_;
  uint64_t last_stream_ = 0;
  linux_net::Timer timer_;
};

}  // namespace es::daemon
