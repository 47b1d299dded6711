#include "services/daemon/log_relay.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "services/daemon/wall_clock.h"

namespace es::daemon {

LogRelay::LogRelay(Ports ports) : ports_(std::move(ports)), timer_(ports_.loop, [this] { feed_all(); }) {}

uint64_t LogRelay::open(NodeId node, const wire::LogRequest& request, OnBatch on_batch) {
  const uint64_t stream = ++last_stream_;
  sinks_.emplace(stream, Sink{node, std::move(on_batch)});
  deliver(node, driver::Envelope{wire::LogAsk{stream, request}});
  return stream;
}

void LogRelay::pause(uint64_t stream, bool paused) {
  const auto found = sinks_.find(stream);
  if (found == sinks_.end()) return;
  found->second.paused = paused;
  if (paused || !std::exchange(found->second.owes_credit, false)) return;
  deliver(found->second.from, driver::Envelope{wire::LogCredit{stream}});
}

void LogRelay::close(uint64_t stream) {
  if (auto closed = sinks_.extract(stream)) deliver(closed.mapped().from, driver::Envelope{wire::LogStop{stream}});
}

// What this node says to itself goes the same way, without a socket.
void LogRelay::deliver(NodeId to, driver::Envelope envelope) {
  if (to == ports_.self) {
    std::visit([this](const auto& content) {
      if constexpr (!std::is_same_v<std::remove_cvref_t<decltype(content)>, node::Message>) {
        receive(ports_.self, content);
      }
    }, envelope.content);
    return;
  }
  const Status sent = ports_.send(to, envelope);
  if (!sent.ok()) peer_lost(to);
}

void LogRelay::receive(NodeId from, const wire::LogAsk& ask) {
  if (sources_.size() >= kMaxLogStreams) {
    deliver(from, driver::Envelope{wire::LogPiece{ask.stream, {{}, true, "the node has too many readers of logs"}}});
    return;
  }
  Source source{ask.request, runtime::LogReader(ports_.directory(ask.request.task))};
  const auto offset = first_offset(ask.request, source.reader);
  if (!offset.ok()) {
    deliver(from, driver::Envelope{wire::LogPiece{ask.stream, {{}, true, offset.error().message}}});
    return;
  }
  source.offset = *offset;
  // Who does not follow wants what is there now, and not what a talkative task says meanwhile.
  if (!ask.request.follow && source.request.until.ns == 0) source.request.until = wall_now();
  sources_.insert_or_assign({from, ask.stream}, std::move(source));
  timer_.after(milliseconds(0));
}

Result<uint64_t> LogRelay::first_offset(const wire::LogRequest& request, const runtime::LogReader& reader) const {
  uint64_t offset = 0;
  if (request.since.ns > 0) {
    ES_TRY(offset, reader.since(request.since));
  }
  if (request.tail >= 0) {
    ES_TRY(const uint64_t tail, reader.tail(std::min<size_t>(static_cast<size_t>(request.tail),
                                                             runtime::LogReader::kTailMax)));
    offset = std::max(offset, tail);
  }
  return offset;
}

void LogRelay::receive(NodeId from, const wire::LogCredit& credit) {
  const auto found = sources_.find({from, credit.stream});
  if (found == sources_.end()) return;
  found->second.credit = true;
  timer_.after(milliseconds(0));
}

void LogRelay::receive(NodeId from, const wire::LogStop& stop) { sources_.erase({from, stop.stream}); }

void LogRelay::receive(NodeId from, const wire::LogPiece& piece) {
  const auto found = sinks_.find(piece.stream);
  if (found == sinks_.end() || found->second.from != from) return;
  Sink& sink = found->second;
  const OnBatch on_batch = sink.on_batch;  // the call may close the stream
  const bool end = piece.batch.end;
  if (end) {
    sinks_.erase(found);
  } else if (sink.paused) {
    sink.owes_credit = true;
  } else {
    deliver(from, driver::Envelope{wire::LogCredit{piece.stream}});
  }
  on_batch(piece.batch);
}

void LogRelay::peer_lost(NodeId node) {
  std::erase_if(sources_, [&](const auto& one) { return one.first.first == node; });
  std::vector<OnBatch> cut_off;
  std::erase_if(sinks_, [&](const auto& one) {
    if (one.second.from != node) return false;
    cut_off.push_back(one.second.on_batch);
    return true;
  });
  for (const OnBatch& on_batch : cut_off) on_batch({{}, true, "the node that has the logs cannot be reached"});
}

void LogRelay::feed_all() {
  bool waiting = false;
  std::vector<SourceKey> keys;
  for (const auto& [key, source] : sources_) keys.push_back(key);
  for (const SourceKey& key : keys) {
    const auto found = sources_.find(key);
    if (found == sources_.end()) continue;
    if (!feed(key, found->second)) sources_.erase(key);
  }
  for (const auto& [key, source] : sources_) waiting = waiting || source.credit;
  if (waiting) timer_.after(kFollowInterval);
}

bool LogRelay::feed(const SourceKey& key, Source& source) {
  if (!source.credit) return true;
  // Asked before the files are read: what was written between is then seen by the next look.
  const bool ended = !source.request.follow || ports_.has_ended(source.request.task);
  auto batch = next_batch(source);
  if (!batch.ok()) {
    deliver(key.first, driver::Envelope{wire::LogPiece{key.second, {{}, true, batch.error().message}}});
    return false;
  }
  if (batch->records.empty() && !batch->end && !ended) return true;
  batch->end = batch->end || (ended && batch->records.empty());
  source.credit = false;
  const bool end = batch->end;
  deliver(key.first, driver::Envelope{wire::LogPiece{key.second, std::move(*batch)}});
  return !end;
}

// Reads on until something that was asked for is there, or nothing more.
Result<wire::LogBatch> LogRelay::next_batch(Source& source) const {
  wire::LogBatch batch;
  while (batch.records.empty() && !batch.end) {
    ES_TRY(runtime::LogReader::Batch read, source.reader.read(source.offset));
    if (read.lines.empty()) break;
    source.offset = read.next_offset;
    for (runtime::LogLine& line : read.lines) {
      if (source.request.until.ns > 0 && line.time > source.request.until) {
        batch.end = true;
        break;
      }
      const bool wanted = line.from_stderr ? source.request.with_stderr : source.request.with_stdout;
      if (wanted) batch.records.push_back({line.time, line.from_stderr, line.complete, std::move(line.text)});
    }
  }
  return batch;
}

}  // namespace es::daemon
