#pragma once
// Worker: one thread that runs jobs in the order in which they came.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace es::images {

class Worker {
 public:
  static constexpr size_t kJobsMax = 4096;

  Worker();
  // Finishes all jobs.
  ~Worker();

  // False when there are too many already; the job is then dropped.
  [[nodiscard]] bool post(std::function<void()> job);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::function<void()>> jobs_;  // with mutex_
  bool stopping_ = false;                   // with mutex_
  std::thread thread_;
};

}  // namespace es::images
