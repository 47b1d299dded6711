#include "services/api/log_follow.h"

#include "core/identity/node_words.h"
#include "services/api/lookup.h"

namespace es::api {

LogFollow::LogFollow(CallPtr call, wire::LogRequest request, logs::DockerFormat format, bool with_details)
    : call_(std::move(call)), request_(request), format_(std::move(format)), with_details_(with_details) {}

void LogFollow::start(const std::vector<state::Ref<Task>>& tasks) {
  const char* type = format_.framed ? "application/vnd.docker.multiplexed-stream" : "application/vnd.docker.raw-stream";
  const auto self = shared_from_this();  // lives in the answer's callbacks, until the answer ends
  call_->responder.start(200, {{"Content-Type", type}});
  call_->responder.on_gone([self] { self->sources_.clear(); });
  call_->responder.on_drained([self] { self->pause(false); });
  is_starting_ = true;
  for (const auto& task : tasks) add(*task);
  is_starting_ = false;
  finish_if_ended();
}

void LogFollow::add(const Task& task) {
  if (task.node_id.empty()) return;
  logs::DockerFormat format = format_;
  if (with_details_) {
    format.details = {{"com.docker.swarm.node.id", task.node_id.to_string()},
                      {"com.docker.swarm.service.id", task.service_id.to_string()},
                      {"com.docker.swarm.task.id", task.id.to_string()}};
  }
  wire::LogRequest request = request_;
  request.task = task.id;
  sources_.emplace(task.id, nullptr);
  const std::weak_ptr<LogFollow> weak = weak_from_this();
  auto stream = call_->control.fetch_logs(task.node_id, request, [weak, id = task.id, format](const wire::LogBatch& batch) {
    if (const auto self = weak.lock()) self->take(id, format, batch);
  });
  // It may have ended while it was being opened.
  if (const auto it = sources_.find(task.id); it != sources_.end()) it->second = std::move(stream);
}

void LogFollow::take(TaskId task, const logs::DockerFormat& format, const wire::LogBatch& batch) {
  std::string frames;
  for (const wire::LogRecord& record : batch.records) frames += logs::docker_frame(record, format);
  if (batch.end && !batch.error.empty()) {
    // Another node says why, and the note stands among the task's own lines.
    std::string why = batch.error;
    identity::tidy_text(why);
    const wire::LogRecord note{call_->control.now(), true, true, "edgeswarm: the log is incomplete: " + why};
    frames += logs::docker_frame(note, format);
  }
  call_->responder.write(frames);
  if (batch.end) {
    sources_.erase(task);
    finish_if_ended();
  } else if (call_->responder.queued_bytes() > http::kManyQueuedBytes) {
    pause(true);
  }
}

void LogFollow::finish_if_ended() {
  if (!is_starting_ && sources_.empty()) call_->responder.finish();
}

void LogFollow::pause(bool paused) {
  if (is_paused_ == paused) return;
  is_paused_ = paused;
  for (const auto& [task, source] : sources_) {
    if (source) source->pause(paused);
  }
}

}  // namespace es::api
