#pragma once
// Sandbox: a real runtime in a folder of its own, with a root file system of Debian's static
// busybox. Whatever a test starts is ended and removed with it.

#include <uv.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/linux/runtime/container_runtime.h"
#include "platform/linux/runtime/log_reader.h"

namespace es::runtime {

// Why containers cannot be made here; empty when they can.
std::string sandbox_obstacle();

std::string_view embedded_shim();

struct SeenEvent {
  TaskId task;
  ports::ContainerEvent event;
};

class Sandbox {
 public:
  explicit Sandbox(const std::string& engine = "");
  ~Sandbox();

  // A task of its own name; the arguments are for busybox's sh -c.
  ports::ContainerConfig script(const std::string& text);

  // A second daemon on the same folders: the first runtime is gone without a word to anybody.
  std::vector<ports::AdoptedContainer> restart();

  // Runs the loop until the condition holds; false after ten seconds.
  bool wait_until(const std::function<bool()>& condition);
  bool wait_for_exit(TaskId task);
  // What became of a task: its last event of the kind, or null.
  const ports::ContainerStarted* started(TaskId task) const;
  const ports::ContainerStartFailed* failed(TaskId task) const;
  const ports::ContainerExited* exited(TaskId task) const;

  // Starts, waits for the end and returns what came on the standard output, and on the standard
  // error after a "!".
  std::string run(const ports::ContainerConfig& config);
  std::string output(TaskId task) const;

  ContainerRuntime& runtime() { return *runtime_; }
  uv_loop_t* loop() { return &loop_; }
  const std::string& folder() const { return folder_; }
  const std::string& rootfs() const { return rootfs_; }
  const RuntimeOptions& options() const { return options_; }
  const std::vector<SeenEvent>& events() const { return events_; }
  const std::vector<std::string>& said() const { return said_; }

 private:
  void open_runtime();

  std::string folder_;
  std::string rootfs_;
  RuntimeOptions options_;
  uv_loop_t loop_;
  std::unique_ptr<ContainerRuntime> runtime_;
  std::vector<SeenEvent> events_;
  std::vector<std::string> said_;
};

}  // namespace es::runtime

// A case that makes containers, left out with a reason where it cannot.
#define ES_CONTAINER_TEST(name) \
  TEST_CASE(name* doctest::skip(!es::runtime::sandbox_obstacle().empty()))
