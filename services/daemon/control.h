#pragma once
// Control: what the API asks of the daemon.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "services/api/cluster_control.h"

namespace es::daemon {

class Daemon;

class Control final : public api::ClusterControl {
 public:
  // `daemon` outlives it.
  explicit Control(Daemon& daemon) : daemon_(daemon) {}

  api::LocalStatus status() const override;
  ports::BoardFacts board() const override;
  api::DaemonFacts facts() const override;
  NodeDescription description() const override;
  std::vector<Task> local_tasks() const override;
  std::optional<TaskStatus> seen_here(TaskId task) const override;
  WallTime now() const override;
  std::unique_ptr<api::Subscription> after(Duration delay, std::function<void()> callback) override;
  std::string random_bytes(size_t count) override;
  std::vector<api::Metric> metrics() const override;

  const state::Tables* tables() const override;
  NodeState liveness(NodeId node) const override;
  std::string liveness_message(NodeId node) const override;
  bool is_reachable(NodeId manager) const override;
  std::string join_token(NodeRole role) const override;
  api::TrustInfo trust() const override;

  void barrier(api::Done<void> done) override;
  void submit(orchestrator::Command command, api::Done<orchestrator::CommandAnswer> done) override;
  std::unique_ptr<api::Subscription> watch(std::function<void(const state::Event&)> on_event) override;
  std::unique_ptr<api::LogStream> fetch_logs(NodeId node, const wire::LogRequest& request,
                                             std::function<void(wire::LogBatch)> on_batch) override;

  void init(api::InitOptions options, api::Done<NodeId> done) override;
  void join(api::JoinOptions options, api::Done<void> done) override;
  void leave(bool force, api::Done<void> done) override;

  ports::Images& images() override;
  std::unique_ptr<api::ImageLoad> load_image(api::ImageLoad::Events events) override;

 private:
  Daemon& daemon_;
};

}  // namespace es::daemon
