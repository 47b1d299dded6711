// The port: questions, mounts, removal and uploads, as the daemon uses them.

#include <doctest.h>

#include <chrono>
#include <deque>

#include "services/images/local_images.h"
#include "services/images/reference.h"
#include "tests/unit/images/archives.h"
#include "tests/unit/linux_images/temp_dir.h"

namespace es::images {

namespace {

class Loop {
 public:
  std::function<void(std::function<void()>)> poster() {
    return [this](std::function<void()> function) {
      const std::lock_guard lock(mutex_);
      functions_.push_back(std::move(function));
      posted_.notify_one();
    };
  }
  void run_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!condition()) {
      std::unique_lock lock(mutex_);
      REQUIRE(posted_.wait_until(lock, deadline, [this] { return !functions_.empty(); }));
      const auto function = std::move(functions_.front());
      functions_.pop_front();
      lock.unlock();
      function();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<std::function<void()>> functions_;
};

struct Node {
  TempDir dir;
  Loop loop;
  std::unique_ptr<LocalImages> images;

  Node() { reopen(); }
  ~Node() {
    images->keep_tasks({});
    images.reset();
  }
  void reopen() {
    images.reset();
    auto opened =
        LocalImages::open({dir.path() + "/images", {"amd64", "linux", ""}, loop.poster(), {}});
    REQUIRE_MESSAGE(opened.ok(), opened.error().message);
    images = std::move(opened).value();
  }
  Result<std::vector<std::string>> load(const std::string& archive) {
    std::optional<Result<std::vector<std::string>>> answer;
    bool paused = false;
    const auto upload = images->load(
        {[&](bool now) { paused = now; }, [&](auto result) { answer = std::move(result); }});
    for (size_t at = 0; at < archive.size() && !answer; at += 60'000) {
      upload->feed(std::string_view(archive).substr(at, 60'000));
      loop.run_until([&] { return !paused || answer; });
    }
    upload->finish();
    loop.run_until([&] { return answer.has_value(); });
    return *answer;
  }
  Result<std::string> mount(TaskId task, const std::string& id) {
    std::optional<Result<std::string>> answer;
    images->mount(task, id, [&](auto result) { answer = std::move(result); });
    loop.run_until([&] { return answer.has_value(); });
    return *answer;
  }
};

constexpr TaskId kTask{{7, 7}};
constexpr TaskId kOther{{8, 8}};

}  // namespace

TEST_CASE("names are normalised as Docker does") {
  struct Case {
    const char* name;
    const char* expected;  // empty: refused
  };
  const std::string digest = "@sha256:" + std::string(64, 'a');
  const Case cases[] = {
      {"busybox", "busybox:latest"},
      {"busybox:1.35", "busybox:1.35"},
      {"library/busybox", "busybox:latest"},
      {"docker.io/busybox", "busybox:latest"},
      {"docker.io/library/busybox:1", "busybox:1"},
      {"index.docker.io/me/app", "me/app:latest"},
      {"me/app", "me/app:latest"},
      {"localhost/app", "localhost/app:latest"},
      {"localhost:5000/app", "localhost:5000/app:latest"},
      {"registry.lan/a/b-c/d__e:v1_2", "registry.lan/a/b-c/d__e:v1_2"},
      {"a.b/c", "a.b/c:latest"},
      {"", ""},
      {"Busybox", ""},
      {"bus ybox", ""},
      {"-x", ""},
      {"a//b", ""},
      {"/a", ""},
      {"a/", ""},
      {"a:", ""},
      {"a:-b", ""},
      {"a..b", ""},
      {"a@sha256:123", ""},
      {"../../etc", ""},
  };
  for (const Case& one : cases) {
    CAPTURE(std::string(one.name));
    CHECK(familiar_reference(one.name).value_or("") == one.expected);
  }
  CHECK(familiar_reference("busybox" + digest).value_or("") == "busybox" + digest);
  CHECK(familiar_reference("busybox:1" + digest).value_or("") == "busybox:1" + digest);
  CHECK_FALSE(familiar_reference(std::string(64, 'a')).ok());  // an id
  CHECK_FALSE(familiar_reference("docker.io/library/" + std::string(64, 'a')).ok());
  // Its short form would name a host.
  CHECK(familiar_reference("docker.io/docker.io/a/b").value_or("") == "docker.io/docker.io/a/b:latest");
  CHECK(familiar_reference("docker.io/quay.io/a").value_or("") == "docker.io/quay.io/a:latest");
  CHECK_FALSE(familiar_reference(std::string(300, 'a')).ok());
  CHECK_FALSE(familiar_reference("a:" + std::string(200, 't')).ok());
}

TEST_CASE("an upload larger than the pipe, found by name, id and prefix") {
  if (!is_root()) return;
  Node node;
  TestImage image;
  image.layers = {TarBuilder().file("large", std::string(9'000'000, 'x')).finish()};
  const auto loaded = node.load(docker_archive(image));
  REQUIRE_MESSAGE(loaded.ok(), loaded.error().message);
  const std::string id = digest_of(image.config());
  for (const std::string& reference : {std::string("busybox"), std::string("busybox:latest"),
                                       std::string("docker.io/library/busybox"), id, hex(id),
                                       id.substr(0, 12), hex(id).substr(0, 6)}) {
    CAPTURE(reference);
    const auto found = node.images->find(reference);
    REQUIRE(found);
    CHECK(found->id == id);
  }
  for (const char* reference : {"", "busybox:other", "sha256:", "nothing", "BUSYBOX"})
    CHECK_FALSE(node.images->find(reference));
  node.reopen();
  CHECK(node.images->find("busybox"));
}

TEST_CASE("an upload that is given up, fails or outlives the store changes nothing") {
  if (!is_root()) return;
  Node node;
  const std::string archive = docker_archive(TestImage());
  bool answered = false;
  {
    const auto upload = node.images->load({[](bool) {}, [&](auto) { answered = true; }});
    upload->feed(archive.substr(0, 3000));
  }
  CHECK_FALSE(node.load("garbage").ok());
  CHECK(node.images->list().empty());
  CHECK_FALSE(answered);
  auto open = node.images->load({[](bool) {}, [&](auto) { answered = true; }});
  open->feed(archive.substr(0, 3000));
  node.reopen();  // does not wait for the rest
  CHECK(node.images->list().empty());
  open.reset();
  CHECK(node.load(archive).ok());
}

TEST_CASE("a task's root file system: mounted, in use, kept over a restart, removed") {
  if (!is_root()) return;
  Node node;
  REQUIRE(node.load(docker_archive(TestImage())).ok());
  const std::string id = node.images->list()[0].id;
  CHECK(node.mount(kTask, "sha256:nothing").error().code == Errc::kNotFound);
  const auto root = node.mount(kTask, id);
  REQUIRE_MESSAGE(root.ok(), root.error().message);
  REQUIRE(node.mount(kOther, id).ok());
  CHECK(read_file(*root + "/bin/sh") == "shell");
  std::ofstream(*root + "/mark") << "here";

  node.reopen();
  CHECK(read_file(*root + "/mark") == "here");
  CHECK(node.mount(kTask, id).value_or("") == *root);
  const Status refused = node.images->remove("busybox", true);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Errc::kConflict);

  node.images->keep_tasks({kOther});
  node.loop.run_until([&] { return !std::filesystem::exists(*root); });
  node.images->unmount(kOther);
  node.loop.run_until([&] { return node.images->remove("busybox", false).ok(); });
  CHECK(node.images->list().empty());
}

TEST_CASE("removal follows Docker's rules") {
  if (!is_root()) return;
  Node node;
  const TestImage image;
  TestImage again = image;
  again.name = "alias:1";
  REQUIRE(node.load(docker_archive(image)).ok());
  REQUIRE(node.load(docker_archive(again)).ok());
  REQUIRE(node.images->list().size() == 1);
  const std::string id = node.images->list()[0].id;
  CHECK(node.images->remove("nothing", true).error().code == Errc::kNotFound);
  CHECK(node.images->remove(id, false).error().code == Errc::kConflict);
  CHECK(node.images->remove("alias:1", false).ok());
  CHECK(node.images->list()[0].tags == std::vector<std::string>{"busybox:latest"});
  CHECK(node.images->remove(id, false).ok());
  CHECK(node.images->list().empty());
  REQUIRE(node.load(docker_archive(image)).ok());
  CHECK(node.images->list().size() == 1);
}

TEST_CASE("a file that is not there") {
  Node node;
  std::optional<Result<std::vector<std::string>>> answer;
  node.images->load_file("/nowhere.tar", [&](auto result) { answer = std::move(result); });
  node.loop.run_until([&] { return answer.has_value(); });
  CHECK(answer->error().message.find("/nowhere.tar") != std::string::npos);
}

}  // namespace es::images
