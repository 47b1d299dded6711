// /services/{id}/logs and /tasks/{id}/logs

#include <charconv>

#include "services/api/log_follow.h"
#include "services/api/lookup.h"
#include "services/api/routes.h"

namespace es::api {

namespace {

// "all", "" and whatever is no number mean everything, as for Docker.
int64_t tail_parameter(const CallPtr& call) {
  const std::string_view text = call->query("tail");
  int64_t tail = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), tail);
  return code == std::errc() && end == text.data() + text.size() && !text.empty() ? tail : -1;
}

Result<wire::LogRequest> read_request(const CallPtr& call) {
  wire::LogRequest request;
  request.with_stdout = call->flag("stdout");
  request.with_stderr = call->flag("stderr");
  if (!request.with_stdout && !request.with_stderr) {
    return invalid("Bad parameters: you must choose at least one stream");
  }
  request.follow = call->flag("follow");
  request.tail = tail_parameter(call);
  ES_TRY(const auto since, call->time("since"));
  ES_TRY(const auto until, call->time("until"));
  request.since = since.value_or(WallTime{});
  request.until = until.value_or(WallTime{});
  return request;
}

void stream_logs(const CallPtr& call, const std::vector<state::Ref<Task>>& tasks, bool has_terminal) {
  ES_REPLY_TRY(const wire::LogRequest request, call, read_request(call));
  logs::DockerFormat format;
  format.framed = !has_terminal;
  format.timestamps = call->flag("timestamps");
  std::make_shared<LogFollow>(call, request, format, call->flag("details"))->start(tasks);
}

void service_logs(const CallPtr& call) {
  ES_REPLY_TRY(const auto service, call, find_service(*call->control.tables(), call->argument(0)));
  stream_logs(call, call->control.tables()->tasks_of_service(service->id), service->spec.task.container.tty);
}

void task_logs(const CallPtr& call) {
  ES_REPLY_TRY(const auto task, call, find_task(*call->control.tables(), call->argument(0)));
  stream_logs(call, {task}, task->spec.container.tty);
}

constexpr std::array kLogRoutes{
    Route{"GET", "/services/{}/logs", Access::kFresh, service_logs},
    Route{"GET", "/tasks/{}/logs", Access::kFresh, task_logs},
};

}  // namespace

std::span<const Route> log_routes() { return kLogRoutes; }

}  // namespace es::api
