#pragma once
// Daemon: everything of one node's process, wired. It owns what outlasts a membership: disk, images, containers, the API's socket; and,
// while the node is a member, the Member.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "platform/linux/crypto/aead.h"
#include "platform/linux/net/mailbox.h"
#include "platform/linux/runtime/container_runtime.h"
#include "platform/linux/store/sqlite_store.h"
#include "services/api/docker_api.h"
#include "services/daemon/member.h"
#include "services/daemon/joiner.h"
#include "services/daemon/options.h"
#include "services/http/server.h"
#include "services/images/local_images.h"

namespace es::daemon {

class Control;

class Daemon {
 public:
  // `shim` are the bytes of the task monitor. Errors: kIo, kCorrupt, kPrecondition; one sentence for the operator.
  static Result<std::unique_ptr<Daemon>> start(linux_net::Loop& loop, Options options, std::string_view shim);
  ~Daemon();

  // The API's socket is closed and the containers are left alone; `done` in a later turn.
  void stop(std::function<void()> done);

  // --- membership; errors as in api::ClusterControl
  void init(const api::InitOptions& options, api::Done<NodeId> done);
  void join(const api::JoinOptions& options, api::Done<void> done);
  void leave(bool force, api::Done<void> done);

  // Null unless this node is a member.
  Member* member() { return member_.get(); }
  const Member* member() const { return member_.get(); }
  bool is_joining() const { return joiner_ != nullptr; }
  const std::string& trouble() const { return trouble_; }

  linux_net::Loop& loop() { return loop_; }
  const Options& options() const { return options_; }
  const ports::BoardFacts& board() const { return board_; }
  const NodeDescription& description() const { return description_; }
  const std::vector<std::string>& warnings() const { return warnings_; }
  images::LocalImages& images() { return *images_; }
  store::StoreCounters store_counters() const { return store_->counters(); }
  bool has_runtime() const { return runtime_ != nullptr; }

  uint64_t watch(std::function<void(const state::Event&)> watcher);
  void unwatch(uint64_t number) { watchers_.erase(number); }

  void log(const std::string& line) const;

 private:
  Daemon(linux_net::Loop& loop, Options options, std::string_view shim);

  Status open();
  Status resume(const ports::Loaded& loaded);
  Status make_folders();
  Result<ports::Loaded> load_store();
  Status open_store();
  Status open_runtime();
  Status open_api();
  void describe();
  void warn(std::string sentence);
  std::function<void(std::function<void()>)> poster();

  Status begin_membership(crypto::NodeIdentity identity, const ports::Loaded& loaded,
                          const std::vector<ports::AdoptedContainer>& containers);
  void enter(crypto::NodeIdentity identity, ports::Batch first_facts, std::function<void(Status)> done);
  void membership_ended(std::string reason);
  void end_membership(const std::string& reason);
  void force_new_cluster(const api::InitOptions& options, api::Done<NodeId> done);
  Error refusal_while_stranded() const;
  void watch_address();
  void tell_watchers(const state::Event& event);

  linux_net::Loop& loop_;
  Options options_;
  std::string_view shim_;  // lives as long as the program
  ports::BoardFacts board_;
  NodeDescription description_;
  std::vector<std::string> warnings_;
  std::string trouble_;  // why the last membership ended, when nobody asked for it
  bool stranded_ = false;  // the disk holds a membership that this process could not take up again
  int lock_ = -1;        // of the data folder

  std::unique_ptr<linux_net::Mailbox> mailbox_;
  std::optional<crypto::Aead> aead_;
  std::unique_ptr<store::SqliteStore> store_;
  std::unique_ptr<images::LocalImages> images_;
  std::unique_ptr<runtime::ContainerRuntime> runtime_;
  std::unique_ptr<Member> member_;
  std::unique_ptr<Joiner> joiner_;
  std::unique_ptr<linux_net::Timer> address_watch_;
  std::unique_ptr<linux_net::Timer> ending_;
  std::unique_ptr<linux_net::Timer> stopping_;
  api::Done<void> leave_done_;
  std::map<uint64_t, std::function<void(const state::Event&)>> watchers_;
  uint64_t last_watcher_ = 0;

  std::unique_ptr<Control> control_;
  std::unique_ptr<api::DockerApi> api_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace es::daemon
