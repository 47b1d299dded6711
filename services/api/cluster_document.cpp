#include <optional>

#include "services/api/documents.h"
#include "services/api/shapes.h"

namespace es::api {

namespace {

// Settings of Swarm's machinery that have no counterpart here: clients expect to see them, with Swarm's defaults.
struct RaftForm {
  uint64_t snapshot_interval = 10'000;
  uint64_t keep_old_snapshots = 0;
  uint64_t log_entries_for_slow_followers = 500;
  int64_t election_tick = 10;
  int64_t heartbeat_tick = 1;
  static constexpr auto fields() {
    using R = RaftForm;
    return std::tuple{field(1, "SnapshotInterval", &R::snapshot_interval),
                      field(2, "KeepOldSnapshots", &R::keep_old_snapshots),
                      field(3, "LogEntriesForSlowFollowers", &R::log_entries_for_slow_followers),
                      field(4, "ElectionTick", &R::election_tick), field(5, "HeartbeatTick", &R::heartbeat_tick)};
  }
  bool operator==(const RaftForm&) const = default;
};
struct DispatcherForm {
  Duration heartbeat_period = seconds(5);
  static constexpr auto fields() { return std::tuple{field(1, "HeartbeatPeriod", &DispatcherForm::heartbeat_period)}; }
  bool operator==(const DispatcherForm&) const = default;
};
struct OrchestrationForm {
  std::optional<int64_t> task_history;
  static constexpr auto fields() {
    return std::tuple{field(1, "TaskHistoryRetentionLimit", &OrchestrationForm::task_history)};
  }
  bool operator==(const OrchestrationForm&) const = default;
};
struct CaConfigForm {
  Duration node_expiry;  // 0: the default
  static constexpr auto fields() { return std::tuple{field(1, "NodeCertExpiry", &CaConfigForm::node_expiry)}; }
  bool operator==(const CaConfigForm&) const = default;
};
struct EncryptionForm {
  bool auto_lock = false;
  static constexpr auto fields() { return std::tuple{field(1, "AutoLockManagers", &EncryptionForm::auto_lock)}; }
  bool operator==(const EncryptionForm&) const = default;
};
struct TaskDefaultsForm {
  static constexpr auto fields() { return std::tuple{}; }
  bool operator==(const TaskDefaultsForm&) const = default;
};
struct ClusterSpecForm {
  std::string name;
  Labels labels;
  OrchestrationForm orchestration;
  RaftForm raft;
  DispatcherForm dispatcher;
  CaConfigForm ca;
  TaskDefaultsForm task_defaults;
  EncryptionForm encryption;
  static constexpr auto fields() {
    using C = ClusterSpecForm;
    return std::tuple{field(1, "Name", &C::name), field(2, "Labels", &C::labels),
                      field(3, "Orchestration", &C::orchestration), field(4, "Raft", &C::raft),
                      field(5, "Dispatcher", &C::dispatcher), field(6, "CAConfig", &C::ca),
                      field(7, "TaskDefaults", &C::task_defaults), field(8, "EncryptionConfig", &C::encryption)};
  }
  bool operator==(const ClusterSpecForm&) const = default;
};

// A setting that is not given is 0 in Go's documents.
bool is_default_or_zero(const RaftForm& raft) {
  const RaftForm defaults;
  const auto same = [](auto value, auto standard) { return value == 0 || value == standard; };
  return same(raft.snapshot_interval, defaults.snapshot_interval) && raft.keep_old_snapshots == 0 &&
         same(raft.log_entries_for_slow_followers, defaults.log_entries_for_slow_followers) &&
         same(raft.election_tick, defaults.election_tick) && same(raft.heartbeat_tick, defaults.heartbeat_tick);
}

}  // namespace
}  // namespace es::api

namespace es::json {

template <>
struct Shape<api::RaftForm> {
  static constexpr std::array<std::string_view, 5> kAlways{"SnapshotInterval", "KeepOldSnapshots",
                                                           "LogEntriesForSlowFollowers", "ElectionTick", "HeartbeatTick"};
};
template <>
struct Shape<api::CaConfigForm> {
  static constexpr std::array kRefused{Refused{"ExternalCAs", "external certificate authorities are not supported yet"},
                                       Refused{"SigningCACert", "replacing the authority is not supported yet"},
                                       Refused{"SigningCAKey", "replacing the authority is not supported yet"},
                                       Refused{"ForceRotate", "replacing the authority is not supported yet"}};
};
template <>
struct Shape<api::EncryptionForm> {
  static constexpr std::array<std::string_view, 1> kAlways{"AutoLockManagers"};
};
template <>
struct Shape<api::TaskDefaultsForm> {
  static constexpr std::array kRefused{Refused{"LogDriver", "log drivers are not supported yet"}};
};
template <>
struct Shape<api::ClusterSpecForm> {
  static constexpr std::array<std::string_view, 8> kAlways{"Name", "Labels", "Orchestration", "Raft", "Dispatcher",
                                                           "CAConfig", "TaskDefaults", "EncryptionConfig"};
};

template <>
struct Shape<ClusterSpec> {
  using Form = api::ClusterSpecForm;
  static Form to_form(const ClusterSpec& spec) {
    Form form;
    form.name = spec.name;
    form.labels = spec.labels;
    form.orchestration.task_history = spec.task_history;
    form.ca.node_expiry = spec.node_certificate_validity;
    return form;
  }
  static Result<ClusterSpec> from_form(Form form) {
    if (!api::is_default_or_zero(form.raft)) {
      return Error{Errc::kUnsupported, "Raft: these settings are fixed; leave them as they are"};
    }
    const Duration period = form.dispatcher.heartbeat_period;
    if (period != Duration{} && period != api::DispatcherForm{}.heartbeat_period) {
      return Error{Errc::kUnsupported,
                   "Dispatcher.HeartbeatPeriod: nodes are watched by gossip, which has no such period"};
    }
    if (form.encryption.auto_lock) {
      return Error{Errc::kUnsupported, "EncryptionConfig.AutoLockManagers: autolock is not supported yet"};
    }
    ClusterSpec spec;
    if (!form.name.empty()) spec.name = std::move(form.name);
    spec.labels = std::move(form.labels);
    if (form.orchestration.task_history) spec.task_history = *form.orchestration.task_history;
    if (form.ca.node_expiry != Duration{}) spec.node_certificate_validity = form.ca.node_expiry;
    return spec;
  }
};

}  // namespace es::json

namespace es::api {

Json cluster_spec_document(const ClusterSpec& spec) { return json::write(spec); }

Result<ClusterSpec> read_cluster_spec(const Json& in) {
  ClusterSpec spec;
  ES_CHECK(json::read(in, spec));
  return spec;
}

Json cluster_document(const Cluster& cluster, const Json& tls_info) {
  Json out{{"ID", cluster.id.to_string()}};
  out.update(json::write(cluster.meta));
  out["Spec"] = cluster_spec_document(cluster.spec);
  out["TLSInfo"] = tls_info;
  out["RootRotationInProgress"] = false;
  // Docker's defaults: a client that compares a cluster with another finds nothing strange.
  out["DataPathPort"] = 4789;
  out["DefaultAddrPool"] = Json::array({"10.0.0.0/8"});
  out["SubnetSize"] = 24;
  return out;
}

}  // namespace es::api
