#include "services/api/views.h"

#include "services/api/base64.h"

namespace es::api {

Json tls_info(const ClusterControl& control) {
  const TrustInfo trust = control.trust();
  return Json{{"TrustRoot", trust.root_pem},
              {"CertIssuerSubject", base64_encode(trust.issuer_subject)},
              {"CertIssuerPublicKey", base64_encode(trust.issuer_public_key)}};
}

NodeView node_view(const ClusterControl& control, const Node& node) {
  NodeView view;
  view.state = control.liveness(node.id);
  view.message = control.liveness_message(node.id);
  view.is_leader = control.status().leader == node.id;
  view.is_reachable = !node.manager || control.is_reachable(node.id);
  view.tls_info = tls_info(control);
  return view;
}

TaskStatus present_status(const ClusterControl& control, NodeId self, const Task& task) {
  const bool is_live = task.status.state > TaskState::kAssigned && !is_terminal(task.status.state);
  if (!is_live || task.node_id != self) return task.status;
  const auto seen = control.seen_here(task.id);
  if (seen) return seen->state > task.status.state ? *seen : task.status;
  TaskStatus status;
  status.timestamp = task.status.timestamp;
  status.state = TaskState::kAssigned;
  status.message = "not seen since this node started";
  return status;
}

Json task_view(const ClusterControl& control, NodeId self, const Task& task) {
  Task present = task;
  present.status = present_status(control, self, task);
  return task_document(present);
}

namespace {

// The tasks that a service should have running now, as the CLI counts them.
uint64_t desired_tasks(const Service& service, uint64_t wanted_to_run) {
  const ServiceMode& mode = service.spec.mode;
  if (mode.replicated) return mode.replicated->replicas.value_or(1);
  if (mode.replicated_job) return mode.replicated_job->max_concurrent.value_or(1);
  return wanted_to_run;
}

}  // namespace

Json service_status(const ClusterControl& control, const Service& service) {
  const bool is_job = service.spec.mode.replicated_job || service.spec.mode.global_job;
  const uint64_t iteration = service.job_status ? service.job_status->iteration.index : 0;
  const NodeId self = control.status().node;
  uint64_t running = 0;
  uint64_t wanted_to_run = 0;
  uint64_t completed = 0;
  for (const auto& task : control.tables()->tasks_of_service(service.id)) {
    if (is_job && task->job_iteration != iteration) continue;
    if (!is_terminal(task->desired_state) || (is_job && task->desired_state == TaskState::kComplete)) ++wanted_to_run;
    const TaskState state = present_status(control, self, *task).state;
    if (state == TaskState::kComplete) ++completed;
    // What a node that is down said last may not be true any more.
    if (state == TaskState::kRunning && control.liveness(task->node_id) != NodeState::kDown) ++running;
  }
  return Json{{"RunningTasks", running},
              {"DesiredTasks", desired_tasks(service, wanted_to_run)},
              {"CompletedTasks", is_job ? completed : 0}};
}

}  // namespace es::api
