// The commands, on the real API over the fake cluster of its tests: words in, text and exit code
// out.

#include <unistd.h>
#include <uv.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "doctest/doctest.h"
#include "services/api/docker_api.h"
#include "services/cli/command.h"
#include "services/cli/dispatch.h"
#include "services/http/server.h"
#include "tests/unit/api/fake_cluster.h"
#include "tests/unit/cli/recorder.h"

namespace es::cli {
namespace {

// The server in a thread of its own; a second of the cluster passes every few milliseconds. What
// `prepare` does to the cluster is done before it starts.
class Cluster {
 public:
  explicit Cluster(const std::function<void(api::FakeCluster&)>& prepare = {}) {
    std::string pattern = "/tmp/es-commands-XXXXXX";
    ES_ASSERT(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    cluster_.log = {{WallTime{1'763'613'664'000'000'000}, false, true, "hello from a task"}};
    cluster_.failing_images["bad:latest"] = "task: non-zero exit (137): out of memory";
    if (prepare) prepare(cluster_);
    uv_loop_init(&loop_);
    uv_async_init(&loop_, &stop_, [](uv_async_t* stop) { uv_stop(stop->loop); });
    uv_timer_init(&loop_, &ticks_);
    ticks_.data = &cluster_;
    uv_timer_start(
        &ticks_, [](uv_timer_t* self) { static_cast<api::FakeCluster*>(self->data)->tick(); }, 0,
        5);
    http::ServerOptions options;
    options.path = socket();
    options.common_headers = api::DockerApi::common_headers(cluster_);
    server_ = std::move(http::Server::open(&loop_, std::move(options), api_)).value();
    thread_ = std::thread([this] { uv_run(&loop_, UV_RUN_DEFAULT); });
  }

  ~Cluster() {
    uv_async_send(&stop_);
    thread_.join();
    server_->close();
    uv_close(reinterpret_cast<uv_handle_t*>(&stop_), nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(&ticks_), nullptr);
    uv_run(&loop_, UV_RUN_DEFAULT);
    server_.reset();
    uv_loop_close(&loop_);
    ES_ASSERT(std::system(("rm -r " + folder_).c_str()) == 0);
  }

  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  std::string socket() const { return folder_ + "/docker.sock"; }
  std::string folder() const { return folder_; }

  struct Output {
    int code = 0;
    std::string out;
    std::string err;
    bool has(const std::string& part) const { return out.find(part) != std::string::npos; }
    std::string first_line() const { return out.substr(0, out.find('\n')); }
  };
  Output run(std::vector<std::string> words) const {
    Recorder recorder;
    Output output;
    output.code = dispatch(std::move(words), "unix://" + socket(), recorder.console);
    output.out = recorder.out;
    output.err = recorder.err;
    CAPTURE(output.err);
    return output;
  }

 private:
  std::string folder_;
  api::FakeCluster cluster_;
  api::DockerApi api_{cluster_};
  uv_loop_t loop_{};
  uv_async_t stop_{};
  uv_timer_t ticks_{};
  std::unique_ptr<http::Server> server_;
  std::thread thread_;
};

TEST_CASE("a service lives and dies by the command line") {
  const Cluster cluster;
  const auto created = cluster.run({"service", "create", "--name", "web", "--replicas", "3",
                                    "--update-monitor", "1ms", "busybox", "sleep", "1h"});
  CHECK(created.code == kDone);
  CHECK(created.has("overall progress: 3 out of 3 tasks\n"));
  CHECK(created.has("verify: Service " + created.first_line() + " converged\n"));
  CHECK(cluster.run({"service", "ls"}).out ==
        "ID             NAME      MODE         REPLICAS   IMAGE            PORTS\n" +
            created.first_line().substr(0, 12) +
            "   web       replicated   3/3        busybox:latest\n");
  CHECK(cluster.run({"service", "ls", "-q"}).out == created.first_line().substr(0, 12) + "\n");
  CHECK(cluster.run({"service", "ps", "web", "--format", "{{.Name}} {{.DesiredState}}"}).out ==
        "web.1 Running\nweb.2 Running\nweb.3 Running\n");

  CHECK(cluster.run({"service", "scale", "web=5"}).has("web scaled to 5\n"));
  CHECK(cluster.run({"service", "ls", "--format", "{{.Replicas}}"}).out == "5/5\n");
  CHECK(
      cluster
          .run({"service", "update", "-q", "--env-add", "A=1", "--update-parallelism", "0", "web"})
          .out == "web\n");
  CHECK(cluster
            .run({"service", "inspect", "web", "--format",
                  "{{.Spec.TaskTemplate.ContainerSpec.Env}}"})
            .out == "[A=1]\n");
  // Updated tasks have former ones below them.
  CHECK(cluster.run({"service", "ps", "web"}).has(" \\_ web.1"));
  CHECK(cluster.run({"service", "rollback", "-d", "web"}).code == kDone);
  CHECK(cluster
            .run({"service", "inspect", "web", "--format",
                  "{{json .Spec.TaskTemplate.ContainerSpec.Env}}"})
            .out == "null\n");
  CHECK(cluster.run({"service", "inspect", "--pretty", "web"})
            .has("Service Mode:           Replicated\n Replicas:              5\n"));

  // By the beginning of its id, as Docker allows.
  CHECK(cluster.run({"service", "rm", created.first_line().substr(0, 6), "nope"}).err ==
        "edgeswarm: service nope not found\n");
  CHECK(cluster.run({"service", "ls", "-q"}).out.empty());
}

TEST_CASE("the progress of a task that cannot run shows why") {
  const Cluster cluster;
  REQUIRE(
      cluster
          .run({"service", "create", "-d", "--name", "bad", "--restart-condition", "none", "bad"})
          .code == kDone);
  std::string tasks;
  for (int tries = 0; tries < 200 && tasks.find("Failed") == std::string::npos; ++tries)
    tasks = cluster.run({"service", "ps", "bad"}).out;
  CHECK(tasks.find("\"task: non-zero exit (137): …\"") != std::string::npos);
  CHECK(cluster.run({"service", "ps", "--no-trunc", "bad"})
            .has("\"task: non-zero exit (137): out of memory\""));
}

TEST_CASE("nodes") {
  const Cluster cluster;
  const auto nodes = cluster.run({"node", "ls"});
  CHECK(nodes.first_line() ==
        "ID                            HOSTNAME   STATUS    AVAILABILITY   MANAGER STATUS   ENGINE "
        "VERSION");
  CHECK(nodes.has(" *   es1        Ready     Active         Leader"));
  CHECK(cluster.run({"node", "update", "--availability", "drain", "--label-add", "rack=1", "es4"})
            .out == "es4\n");
  CHECK(cluster
            .run({"node", "inspect", "--format",
                  "{{.Spec.Availability}} {{index .Spec.Labels \"rack\"}}", "es4"})
            .out == "drain 1\n");
  CHECK(cluster.run({"node", "update", "--label-rm", "none", "es4"}).err ==
        "edgeswarm: the node has no label none\n");
  CHECK(cluster.run({"node", "promote", "es1"}).out == "Node es1 is already a manager.\n");
  CHECK(cluster.run({"node", "promote", "es5"}).out ==
        "Node es5 promoted to a manager in the swarm.\n");
  CHECK(cluster.run({"node", "ls", "--filter", "role=manager", "--format", "{{.Hostname}}"}).out ==
        "es1\nes2\nes3\nes5\n");
  CHECK(cluster.run({"node", "demote", "es5"}).out == "Manager es5 demoted in the swarm.\n");
  CHECK(cluster.run({"node", "inspect", "--pretty", "self"}).has("Leader:                Yes"));
  CHECK(cluster.run({"node", "inspect", "nope"}).err == "edgeswarm: node nope not found\n");
  CHECK(cluster.run({"node", "ps"}).first_line().starts_with("ID        NAME"));
}

TEST_CASE("what people and nodes wrote is harmless in what is shown for people") {
  const Cluster cluster;
  REQUIRE(cluster.run({"service", "create", "-d", "--name", "web", "--label", "k\033[31m=v\033]0;x\a", "--mount",
                       "type=bind,source=/s,target=/t\033[2J", "busybox"})
              .code == kDone);
  const auto service = cluster.run({"service", "inspect", "--pretty", "web"});
  CHECK(service.has("Labels:\n k [31m=v ]0;x \n"));
  CHECK(service.has("Mounts:\n /t [2J:                bind /s\n"));
  REQUIRE(cluster.run({"node", "update", "--label-add", "n\033[31m=v\u202e", "es4"}).code == kDone);
  CHECK(cluster.run({"node", "inspect", "--pretty", "es4"}).has("Labels:\n - n [31m=v \n"));
}

TEST_CASE("the cluster itself") {
  const Cluster cluster(
      [](api::FakeCluster& fake) { fake.local.state = api::SwarmState::kActive; });
  CHECK(cluster.run({"join-token", "-q", "worker"}).out.starts_with("ESWTKN-"));
  CHECK(cluster.run({"join-token", "manager"}).has("    edgeswarm join ESWTKN-"));
  CHECK(cluster.run({"join-token", "--rotate", "worker"})
            .has("Successfully rotated worker join token."));
  CHECK(cluster.run({"join-token", "boss"}).code == kMisused);
  CHECK(cluster.run({"leave"}).code == kFailed);
  CHECK(cluster.run({"info"}).has("Swarm:                  active\n"));
  CHECK(cluster.run({"version"}).has("Daemon:           0.1.0\n"));
  const auto again = cluster.run({"init"});
  CHECK(again.code == kFailed);
  CHECK(again.err ==
        "edgeswarm: This node is already part of a swarm. Use \"edgeswarm leave\" to leave this "
        "swarm and join another one.\n");
}

TEST_CASE("a board joins by the token alone, or by addresses too") {
  const Cluster cluster([](api::FakeCluster& fake) {
    fake.local.state = api::SwarmState::kInactive;
    fake.local.is_manager = false;
  });
  CHECK(cluster.run({"join"}).code == kMisused);
  CHECK(cluster.run({"node", "ls"}).err ==
        "edgeswarm: This node is not a swarm manager. Use \"edgeswarm init\" or \"edgeswarm join\" "
        "to connect this node to swarm and try "
        "again.\n");
  CHECK(cluster.run({"join", "ESWTKN-1-x", "10.0.0.1:2377", "--availability", "drain"})
            .has("This node joined a swarm as a "));
}

TEST_CASE("a token is read from a file, where no other user sees it") {
  const Cluster cluster([](api::FakeCluster& fake) {
    fake.local.state = api::SwarmState::kInactive;
    fake.local.is_manager = false;
  });
  const std::string file = cluster.folder() + "/token";
  std::ofstream(file) << "\n  ESWTKN-1-x \n";
  CHECK(cluster.run({"join", "--token-file", file, "10.0.0.1:2377"}).has("This node joined a swarm as a "));
  std::ofstream(file) << " \n";
  CHECK(cluster.run({"join", "--token-file", file}).err == "edgeswarm: there is no token in " + file + "\n");
  CHECK(cluster.run({"join", "--token-file", file + ".none"}).err ==
        "edgeswarm: cannot open " + file + ".none: No such file or directory\n");
}

TEST_CASE("images and logs") {
  const Cluster cluster;
  CHECK(cluster.run({"image", "ls", "--format", "{{.Repository}}:{{.Tag}}"}).out ==
        "busybox:latest\n");
  const std::string archive = cluster.folder() + "/archive";
  std::ofstream(archive) << "some bytes";
  CHECK(cluster.run({"image", "load", "-i", archive}).code == kDone);
  CHECK(cluster.run({"image", "load", "-i", archive + ".none"}).err ==
        "edgeswarm: cannot open " + archive + ".none: No such file or directory\n");
  CHECK(cluster.run({"image", "rm", "nope"}).err == "edgeswarm: No such image: nope\n");

  REQUIRE(
      cluster
          .run({"service", "create", "-q", "--update-monitor", "1ms", "--name", "web", "busybox"})
          .code == kDone);
  const std::string task = cluster.run({"service", "ps", "-q", "web"}).first_line();
  CHECK(cluster.run({"service", "logs", "web"}).out ==
        "web.1." + task + "@es1    | hello from a task\n");
  CHECK(cluster.run({"service", "logs", "--no-task-ids", "-t", "web"}).out ==
        "2025-11-20T04:41:04.000000000Z web.1@es1    | hello from a task\n");
  CHECK(cluster.run({"service", "logs", "--raw", task}).out == "hello from a task\n");
  CHECK(cluster.run({"service", "logs", "nope"}).err ==
        "edgeswarm: no such service or task: nope\n");
}

TEST_CASE("without a daemon one line says so") {
  Recorder recorder;
  CHECK(dispatch({"-H", "unix:///tmp/es-no-such-socket", "node", "ls"}, "", recorder.console) ==
        kFailed);
  CHECK(recorder.err ==
        "edgeswarm: no daemon answers at unix:///tmp/es-no-such-socket: there is no such socket; "
        "start `edgeswarm daemon`, or say with -H or "
        "--run-dir where it is\n");
  Recorder other;
  CHECK(dispatch({"node", "ls", "--run-dir", "/tmp/es-no-such-folder"}, "", other.console) ==
        kFailed);
  CHECK(other.err.find("unix:///tmp/es-no-such-folder/docker.sock") != std::string::npos);
  for (const char* host : {"tcp://1.2.3.4:2375", "unix://"}) {
    Recorder refused;
    CHECK(dispatch({"node", "ls"}, host, refused.console) == kMisused);
    CHECK(refused.err == "edgeswarm: EDGESWARM_HOST: \"" + std::string(host) +
                             "\": the daemon's socket is given as unix://PATH\n`edgeswarm --help` says more.\n");
  }
}

TEST_CASE("where the daemon is said once, and whole") {
  struct Case {
    std::vector<std::string> words;
    const char* message;
  };
  constexpr const char* kBoth = "edgeswarm node ls: -H and --run-dir both say where the daemon's socket is: give one of them";
  for (const Case& c : {
           Case{{"--run-dir"}, "edgeswarm: the flag --run-dir needs a value"},
           Case{{"-H"}, "edgeswarm: the flag -H needs a value"},
           Case{{"--run-dir", "/x", "--host"}, "edgeswarm: the flag --host needs a value"},
           Case{{"-H", "unix:///x", "--run-dir", "/x", "node", "ls"}, kBoth},
           Case{{"-H", "unix:///x", "node", "ls", "--run-dir=/x"}, kBoth},
           Case{{"node", "ls", "--run-dir="}, "edgeswarm node ls: --run-dir: it must be the folder of the daemon's socket"},
           Case{{"node", "ls", "-H", "unix://"}, "edgeswarm node ls: -H: \"unix://\": the daemon's socket is given as unix://PATH"},
           Case{{"--run-dir", "/x", "daemon"}, "edgeswarm: the flags of `edgeswarm daemon` stand behind it"},
       }) {
    CAPTURE(c.message);
    Recorder recorder;
    CHECK(dispatch(c.words, "", recorder.console) == kMisused);
    CHECK(recorder.err.substr(0, recorder.err.find('\n')) == c.message);
    CHECK(recorder.out.empty());
  }
}

TEST_CASE("what is empty names nothing") {
  const Cluster cluster;
  using Words = std::vector<std::string>;
  for (const Words& command : {Words{"service", "rm"}, {"service", "ps"}, {"service", "inspect"}, {"service", "logs"},
                               {"service", "update"}, {"service", "rollback"}, {"node", "rm"}, {"node", "ps"}, {"node", "inspect"},
                               {"node", "update"}, {"node", "promote"}, {"node", "demote"}, {"image", "rm"}, {"join"}}) {
    Words words = command;
    words.emplace_back();
    const auto said = cluster.run(words);
    CAPTURE(said.err);
    CHECK(said.code == kMisused);
    CHECK(said.err.find(": argument 1 is empty; the usage says what belongs there\n\nUsage:") != std::string::npos);
  }
  REQUIRE(cluster.run({"service", "create", "-d", "--name", "web", "busybox"}).code == kDone);
  CHECK(cluster.run({"service", "rm", "web", ""}).err.find(": argument 2 is empty") != std::string::npos);
  CHECK(cluster.run({"service", "inspect", "web"}).code == kDone);
  for (const std::string name : {"..", ".", "a b", "%", "?x=1"}) {
    CHECK(cluster.run({"service", "inspect", name}).err == "edgeswarm: service " + name + " not found\n");
    CHECK(cluster.run({"service", "rm", name}).err == "edgeswarm: service " + name + " not found\n");
    CHECK(cluster.run({"node", "demote", name}).err == "edgeswarm: node " + name + " not found\n");
  }
  CHECK(cluster.run({"service", "create", "-d", "busybox", "echo", ""}).code == kDone);
}

TEST_CASE("an image has a name") {
  const Cluster cluster;
  REQUIRE(cluster.run({"service", "create", "-d", "--name", "web", "busybox"}).code == kDone);
  for (const std::string image : {"", ":latest", "@sha256:zz", "UPPER/../x", "a b"}) {
    CAPTURE(image);
    const std::string wrong = "\"" + image + "\": invalid reference format: an image is NAME, NAME:TAG or NAME@DIGEST, its name in lower case\n";
    const auto created = cluster.run({"service", "create", "-d", image});
    CHECK(created.code == kMisused);
    CHECK(created.err.starts_with("edgeswarm service create: IMAGE: " + wrong));
    const auto updated = cluster.run({"service", "update", "-d", "--image", image, "web"});
    CHECK(updated.code == kMisused);
    CHECK(updated.err.starts_with("edgeswarm service update: --image: " + (image.empty() ? "the image's name is empty\n" : wrong)));
  }
}

TEST_CASE("what is no command") {
  Recorder recorder;
  CHECK(dispatch({"service", "lz"}, "", recorder.console) == kMisused);
  CHECK(recorder.err ==
        "edgeswarm: there is no command \"service lz\"; did you mean `edgeswarm service "
        "ls`?\n`edgeswarm --help` lists all.\n");
  Recorder harmful;
  CHECK(dispatch({"x\033[2J"}, "", harmful.console) == kMisused);
  CHECK(harmful.err == "edgeswarm: there is no command \"x [2J\"\n`edgeswarm --help` lists all.\n");
  Recorder none;
  CHECK(dispatch({}, "", none.console) == kDone);
  CHECK(none.out.starts_with("Usage:  edgeswarm COMMAND\n"));
}

}  // namespace
}  // namespace es::cli
