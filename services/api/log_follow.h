#pragma once
// LogFollow: the logs of several tasks as one streamed answer, until each has ended or the client has gone. When the client is slow, the
// sources wait.

#include <map>
#include <memory>

#include "services/api/call.h"
#include "services/logs/docker_stream.h"

namespace es::api {

class LogFollow : public std::enable_shared_from_this<LogFollow> {
 public:
  LogFollow(CallPtr call, wire::LogRequest request, logs::DockerFormat format, bool with_details);

  // Begins the answer. A task without a node has no log.
  void start(const std::vector<state::Ref<Task>>& tasks);

 private:
  void add(const Task& task);
  void take(TaskId task, const logs::DockerFormat& format, const wire::LogBatch& batch);
  void finish_if_ended();
  void pause(bool paused);

  CallPtr call_;
  wire::LogRequest request_;
  logs::DockerFormat format_;
  bool with_details_;
  bool is_starting_ = false;
  bool is_paused_ = false;
  std::map<TaskId, std::unique_ptr<LogStream>> sources_;  // those that have not ended; null while one is being opened
};

}  // namespace es::api
