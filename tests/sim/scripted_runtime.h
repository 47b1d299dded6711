#pragma once
// ScriptedRuntime: containers that do what the script of their image says. They outlive a daemon that was killed, and die with the power.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/ports/images.h"
#include "core/ports/runtime.h"
#include "tests/sim/schedule.h"

namespace es::sim {

struct Behaviour {
  std::optional<Duration> starts_after = milliseconds(100);  // nothing: never
  std::optional<int64_t> exits_with;                         // nothing: runs for ever
  Duration exits_after;                                      // counted from its start
  std::string rejects;                                       // not empty: the image cannot be prepared, and why
  uint64_t every = 1;                                        // only each n-th task of the image does so
};

// By image; what no script names behaves as the default.
struct Script {
  std::map<std::string, Behaviour> by_image;
  std::map<std::string, uint64_t> prepared;        // tasks of an image so far, for `every`
  std::vector<TaskId> started;                     // every container that ever started, in order
};

class ScriptedRuntime final : public ports::Runtime {
 public:
  ScriptedRuntime(Schedule& schedule, Script& script) : schedule_(schedule), script_(script) {}

  // Events go to nobody while the daemon is down; what happened meanwhile is told by adopt().
  void set_listener(Listener listener) override { listener_ = std::move(listener); }
  Result<std::vector<ports::AdoptedContainer>> adopt() override;
  void start(ports::ContainerConfig config) override;
  void stop(TaskId task) override;
  void remove(TaskId task) override;

  // The image of the task is made ready: what its containers do is decided now.
  void prepare(TaskId task, const std::string& image, std::function<void(Result<std::string>)> done);

  // The container dies by itself. False when it does not run.
  bool kill(TaskId task, int64_t exit_code);
  void power_off();

  // What is wrong with it now. What it held back happens when that is over.
  struct Trouble {
    bool starts_hang = false;
    bool exits_are_lost = false;  // also told by adopt(), to the next daemon
  };
  void set_trouble(Trouble trouble);

  // Reserved by the containers that exist and have not exited.
  int64_t reserved_memory_bytes() const { return reserved_memory_bytes_; }
  int64_t reserved_cpu_nano() const { return reserved_cpu_nano_; }
  // Raised by whatever changes those.
  uint64_t changes() const { return changes_; }

  size_t running() const;
  bool runs(TaskId task) const;
  uint64_t started_total() const { return started_total_; }

 private:
  struct ContainerState {
    Behaviour behaviour;
    std::optional<ports::ContainerEvent> last;
    uint64_t run = 0;  // told apart from a container of the same task in an earlier life
    Resources reserved;
    bool holds = false;     // its reservation counts
    bool held_back = false;  // it would have started, or told of its end
  };

  void hold(ContainerState& state, bool holds);
  void started(TaskId task, uint64_t run);
  void exited(TaskId task, uint64_t run, int64_t code);

  Schedule& schedule_;
  Script& script_;
  Listener listener_;
  std::map<TaskId, Behaviour> prepared_;
  std::map<TaskId, ContainerState> containers_;
  uint64_t next_run_ = 1;
  uint64_t started_total_ = 0;
  Trouble trouble_;
  int64_t reserved_memory_bytes_ = 0;
  int64_t reserved_cpu_nano_ = 0;
  uint64_t changes_ = 0;
};

// Every image is there, for every platform.
class ScriptedImages final : public ports::Images {
 public:
  explicit ScriptedImages(ScriptedRuntime& runtime) : runtime_(runtime) {}

  std::vector<ports::Image> list() const override { return {}; }
  std::optional<ports::Image> find(const std::string& reference) const override;
  void mount(TaskId task, const std::string& image_id,
             std::function<void(Result<std::string>)> done) override {
    runtime_.prepare(task, image_id, std::move(done));
  }
  void unmount(TaskId) override {}
  Status remove(const std::string&, bool) override { return {}; }

 private:
  ScriptedRuntime& runtime_;
};

}  // namespace es::sim
