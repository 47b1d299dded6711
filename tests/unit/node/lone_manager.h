#pragma once
// LoneManager: the first manager of a cluster without a driver; the test is its disk and its clock.

#include <deque>
#include <string>
#include <vector>

#include "core/node/node.h"
#include "tests/sim/disk.h"

namespace es::node {

struct LoneManager {
  LoneManager();

  void step(EventBody body);
  // Every write is durable, until there is none.
  void settle();
  void write_one();
  // Takes the oldest write without making it durable.
  uint64_t take_write();
  void run(Duration time);
  // The oldest write fails, and the disk with it.
  void fail_write(const std::string& why);

  void create_service(const std::string& name, size_t padding_bytes = 0);
  // Said by another manager.
  void hear(Body body);

  std::unique_ptr<Node> node;
  NodeId other;
  Instant now{0};
  sim::Schedule schedule;
  sim::Disk disk{schedule, {}};
  std::deque<Persist> writes;  // not answered yet
  std::vector<ports::Batch> batches;  // of the last step
  std::vector<std::string> lines;
  int reopens = 0;  // of the store, asked for
  int answers = 0;
  int refusals = 0;
  std::string last_refusal;
  uint64_t last_request = 0;
};

}  // namespace es::node
