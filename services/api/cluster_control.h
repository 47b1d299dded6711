#pragma once
// ClusterControl: all that the API needs from the daemon around it. The driver implements it; the API knows no socket of another node, no
// disk and no clock. Everything here is called on the loop's thread, never blocks, and calls `done` exactly once, at any
// time: before it returns as well.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/id.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/address.h"
#include "core/model/cluster.h"
#include "core/model/node.h"
#include "core/orchestrator/command.h"
#include "core/ports/board.h"
#include "core/ports/images.h"
#include "core/state/event.h"
#include "core/state/tables.h"
#include "core/wire/log_stream.h"

namespace es::api {

template <class T>
using Done = std::function<void(Result<T>)>;

// Swarm's names of what a node is to itself.
enum class SwarmState : uint8_t { kInactive, kPending, kActive, kError };
constexpr auto enum_names(SwarmState) {
  return std::array{EnumName{SwarmState::kInactive, "inactive"}, EnumName{SwarmState::kPending, "pending"},
                    EnumName{SwarmState::kActive, "active"}, EnumName{SwarmState::kError, "error"}};
}

struct ManagerAddress {
  NodeId node;
  SocketAddress address;
};

struct LocalStatus {
  SwarmState state = SwarmState::kInactive;
  NodeId node;                           // empty while inactive
  SocketAddress address;                 // as the others reach it
  bool is_manager = false;
  std::string error;                     // what is wrong, in one sentence; empty: nothing
  std::optional<NodeId> leader;          // as far as this node knows
  std::vector<ManagerAddress> managers;  // as far as this node knows
};

struct InitOptions {
  std::string listen_address;     // "0.0.0.0:2377"; empty: as the daemon was told
  std::string advertise_address;  // address or interface, with or without a port; empty: chosen
  bool force_new_cluster = false;
  ClusterSpec spec;
  NodeAvailability availability = NodeAvailability::kActive;
};

struct JoinOptions {
  std::string listen_address;
  std::string advertise_address;
  std::vector<std::string> remote_addresses;  // empty: those of the token, else the LAN is asked
  std::string token;
  NodeAvailability availability = NodeAvailability::kActive;
};

// The cluster's authority as TLSInfo shows it.
struct TrustInfo {
  std::string root_pem;
  std::string issuer_subject;     // DER
  std::string issuer_public_key;  // DER
};

struct Metric {
  std::string name;  // "edgeswarm_raft_commits_total"
  std::string help;
  bool is_counter = false;
  Labels labels;
  double value = 0;
};

// What this daemon is; all of it for /info and /version.
struct DaemonFacts {
  std::string version;      // "0.1.0"
  std::string git_commit;
  std::string build_time;
  std::string data_folder;
  std::string storage_driver = "overlay2";
  std::string cgroup_version = "2";
  std::string runtime;          // "crun 1.21"; empty: none was found
  std::vector<std::string> warnings;  // one sentence each: what this host cannot do, and what to do about it
};

// Held as long as what it stands for is wanted; its end is the end of the calls. It may be destroyed inside of such a call.
class Subscription {
 public:
  virtual ~Subscription() = default;
};

class LogStream {
 public:
  virtual ~LogStream() = default;  // no more calls; may be destroyed inside of one
  virtual void pause(bool paused) = 0;
};

// An archive that comes in piece by piece. Destroyed before finish(): nothing is changed and nobody is called. After finish() the
// loading goes on without this object, and `done` is called all the same. An error may come before.
class ImageLoad {
 public:
  struct Events {
    std::function<void(bool paused)> flow;  // feed() shall wait, or go on
    Done<std::vector<std::string>> done;    // what was loaded: "busybox:latest", or an id where there is no name
  };
  virtual ~ImageLoad() = default;
  virtual void feed(std::string_view piece) = 0;
  virtual void finish() = 0;  // the archive is complete
};

class ClusterControl {
 public:
  virtual ~ClusterControl() = default;

  // --- this node
  virtual LocalStatus status() const = 0;
  virtual ports::BoardFacts board() const = 0;
  virtual DaemonFacts facts() const = 0;
  virtual NodeDescription description() const = 0;
  virtual std::vector<Task> local_tasks() const = 0;  // those that the agent has, worker or manager
  // What this node has seen of one of its tasks since the node started; nothing: nothing yet.
  virtual std::optional<TaskStatus> seen_here(TaskId task) const = 0;
  virtual WallTime now() const = 0;
  // Calls once, after that time, unless the subscription is destroyed before.
  virtual std::unique_ptr<Subscription> after(Duration delay, std::function<void()> callback) = 0;
  virtual std::string random_bytes(size_t count) = 0;  // from the operating system
  virtual std::vector<Metric> metrics() const = 0;

  // --- the cluster, as this manager knows it
  virtual const state::Tables* tables() const = 0;  // null unless this node is a manager
  virtual NodeState liveness(NodeId node) const = 0;
  // What is odd about that, in one sentence; empty: nothing.
  virtual std::string liveness_message(NodeId) const { return {}; }
  virtual bool is_reachable(NodeId manager) const = 0;  // for Raft
  // What stands in `join-token`; empty unless this node is a manager.
  virtual std::string join_token(NodeRole role) const = 0;
  virtual TrustInfo trust() const = 0;

  // Answered when the local tables hold every write that was acknowledged before. Errors: kUnavailable without a leader.
  virtual void barrier(Done<void> done) = 0;
  // Carried out by the leader; answered when it is in the log and in the local tables.
  virtual void submit(orchestrator::Command command, Done<orchestrator::CommandAnswer> done) = 0;
  // Works at any time and goes on across memberships.
  virtual std::unique_ptr<Subscription> watch(std::function<void(const state::Event&)> on_event) = 0;
  // `on_batch` is called until its batch says `end`, unless the stream is destroyed before.
  virtual std::unique_ptr<LogStream> fetch_logs(NodeId node, const wire::LogRequest& request,
                                                std::function<void(wire::LogBatch)> on_batch) = 0;

  // --- membership. Errors: kUnavailable (this node is in a cluster already, or in none), kInvalid, kUnauthorized, kTimeout.
  virtual void init(InitOptions options, Done<NodeId> done) = 0;
  virtual void join(JoinOptions options, Done<void> done) = 0;
  virtual void leave(bool force, Done<void> done) = 0;

  // --- images of this node
  virtual ports::Images& images() = 0;
  virtual std::unique_ptr<ImageLoad> load_image(ImageLoad::Events events) = 0;
};

}  // namespace es::api
