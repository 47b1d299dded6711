#pragma once
// Load: clients of a simulated cluster. Each does every command of the API on any manager, reads
// what it and the others wrote, and remembers what it was told; the judge says whether that can be
// explained (tests/judge).
//
// What was written is recognised by a label: each write has a number, and the number stands for the
// whole specification that was sent with it. A specification that is not the one of its number is
// told as a value that nobody wrote.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/judge/history.h"
#include "tests/sim/cluster.h"

namespace es::sim {

struct LoadOptions {
  size_t clients = 6;
  Duration pause_min = milliseconds(20);  // of one client between two operations
  Duration pause_max = milliseconds(700);
  size_t max_services = 5;
  bool changes_roles = false;
  size_t big_bytes_max = 2'000;  // what a specification is made larger by, now and then
  // Once, so many clients create a service of up to 480 kB each at the same moment, beside one
  // label of 3 MB: more than one entry of the log, or one message, can hold.
  size_t burst_clients = 0;
};

// What one client has seen of an object.
struct Seen {
  Version version;
  judge::Token made = 0;
};
struct SeenService : Seen {
  ServiceId id;
  ServiceSpec spec;
};

uint64_t digest_of(const ServiceSpec& spec);
uint64_t digest_of(const NodeSpec& spec);
uint64_t digest_of(const es::Cluster& cluster);  // what users can change of it

class Load {
 public:
  Load(Cluster& cluster, uint64_t seed, LoadOptions options);

  // Pre: the cluster has formed; what its tables hold now is where the history begins.
  void start();
  // No client begins anything after this; what is under way may still be answered.
  void stop() { running_ = false; }
  // Asks for what a cluster needs to come to rest: every node active and in its first role, no
  // service that finds no room. Call it again until it says true.
  bool tidy();
  // Reads every object through the manager; `done` when it has answered.
  void read_all(Board& manager, std::function<void(bool)> done);

  const judge::History& history() const { return history_; }
  // Empty: the history is explained, and every manager held what it had acknowledged.
  std::string verdict() const;
  uint64_t writes() const { return last_write_; }

 private:
  struct Client {
    judge::Token name = 0;
    std::map<std::string, SeenService> services;
    std::map<NodeId, std::pair<Seen, NodeSpec>> nodes;
    std::optional<std::pair<Seen, es::Cluster>> cluster;
  };

  int64_t stamp();
  Board* draw_manager();
  judge::Operation operation(size_t client, judge::Kind kind, const std::string& object,
                             const Seen& seen = {});
  void wait(size_t client);
  void act(size_t client);
  void burst();
  bool tidy_node(const es::Node& node, Board& manager);

  // load_commands.cpp: what a client asks for
  using Done = std::function<void()>;
  void write(size_t client, Board& manager, Done done);
  void create_service(size_t client, Board& manager, size_t big_bytes, Done done);
  void change_service(size_t client, Board& manager, Done done);
  void change_node(size_t client, Board& manager, Done done);
  void send_node(size_t client, Board& manager, NodeId id, const Seen& seen, NodeSpec spec, Done done);
  void change_cluster(size_t client, Board& manager, Done done);
  ServiceSpec draw_spec(const std::string& name, size_t big_bytes);
  // The next number of a write, put into its labels.
  std::string number(Labels& labels);
  // Records the operation, asks for it and records what is answered.
  void submit(Board& manager, judge::Operation operation, orchestrator::Command command, Done done);

  // load_reads.cpp: what a client sees
  void read(size_t client, Board& manager, bool everything, std::function<void(bool)> done);
  void note_services(size_t client, const state::Tables& tables, bool everything, int64_t since);
  void note_nodes(size_t client, const state::Tables& tables, bool everything, int64_t since);
  void note_cluster(size_t client, const state::Tables& tables, int64_t since);
  void record(judge::Operation operation, int64_t since, judge::Outcome outcome);
  judge::Token value_of(const Labels& labels, uint64_t digest);

  Cluster& cluster_;
  Prng prng_;
  LoadOptions options_;
  judge::History history_;
  std::vector<Client> clients_;
  std::set<std::string> names_;                 // of services that somebody tried to make
  std::map<NodeId, NodeSpec> first_specs_;      // of the nodes
  std::map<std::string, uint64_t> digests_;     // of what was sent, by its number
  uint64_t last_write_ = 0;
  int64_t last_stamp_ = 0;
  std::string violation_;
  bool running_ = false;
  size_t tidying_ = 0;  // writes of tidy() under way
};

}  // namespace es::sim
