// The real docker CLI on a real socket, before the fake cluster. Skipped, with a word, where there is no docker.

#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "doctest/doctest.h"
#include "services/api/docker_api.h"
#include "services/http/server.h"
#include "tests/unit/api/fake_cluster.h"

namespace es::api {
namespace {

// The server in a thread of its own; a second of the cluster passes every ten milliseconds.
class CliServer {
 public:
  CliServer() {
    std::signal(SIGPIPE, SIG_IGN);
    std::string pattern = "/tmp/es-cli-XXXXXX";
    ES_ASSERT(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    cluster_.log = {{{1'763'613'664'000'000'000}, false, true, "hello from a task"}};
    cluster_.failing_images["bad"] = "task: non-zero exit (137): out of memory";
    uv_loop_init(&loop_);
    uv_async_init(&loop_, &stop_, [](uv_async_t* stop) { uv_stop(stop->loop); });
    uv_timer_init(&loop_, &ticks_);
    ticks_.data = &cluster_;
    uv_timer_start(&ticks_, [](uv_timer_t* self) { static_cast<FakeCluster*>(self->data)->tick(); }, 0, 10);
    http::ServerOptions options;
    options.path = folder_ + "/docker.sock";
    options.common_headers = DockerApi::common_headers(cluster_);
    server_ = std::move(http::Server::open(&loop_, std::move(options), api_)).value();
    thread_ = std::thread([this] { uv_run(&loop_, UV_RUN_DEFAULT); });
  }

  ~CliServer() {
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

  struct Output {
    int code;
    std::string text;  // standard output and error
    bool has(const std::string& part) const { return text.find(part) != std::string::npos; }
  };
  Output docker(const std::string& arguments) const {
    const std::string command = "DOCKER_CONFIG=" + folder_ + " timeout 30 docker -H unix://" + folder_ + "/docker.sock " +
                                arguments + " 2>&1 </dev/null";
    FILE* pipe = ::popen(command.c_str(), "r");
    Output output{0, {}};
    std::array<char, 4096> buffer;
    for (size_t length; (length = ::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) output.text.append(buffer.data(), length);
    const int status = ::pclose(pipe);
    output.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return output;
  }

 private:
  std::string folder_;
  FakeCluster cluster_;
  DockerApi api_{cluster_};
  uv_loop_t loop_{};
  uv_async_t stop_{};
  uv_timer_t ticks_{};
  std::unique_ptr<http::Server> server_;
  std::thread thread_;
};

bool has_docker() {
  if (std::system("docker --version >/dev/null 2>&1") == 0) return true;
  MESSAGE("SKIP: there is no docker CLI on this machine");
  return false;
}

void check_ok(const CliServer& server, const std::string& arguments, const std::string& part = "") {
  CAPTURE(arguments);
  const auto output = server.docker(arguments);
  CHECK_MESSAGE(output.code == 0, output.text);
  CHECK_MESSAGE(output.has(part), output.text);
}

void check_fails(const CliServer& server, const std::string& arguments, const std::string& part) {
  CAPTURE(arguments);
  const auto output = server.docker(arguments);
  CHECK_MESSAGE(output.code != 0, output.text);
  CHECK_MESSAGE(output.has(part), output.text);
}

TEST_CASE("docker: the node and the swarm") {
  if (!has_docker()) return;
  const CliServer server;
  check_ok(server, "version", "Server: edgeswarm");
  check_ok(server, "info", "Is Manager: true");
  CHECK_FALSE(server.docker("info").has("WARNING"));
  check_ok(server, "node ls", "Leader");
  check_ok(server, "node inspect self --pretty", "Raft Status:\t\tReachable");
  check_ok(server, "node update --label-add rack=r1 --availability drain es5", "es5");
  check_ok(server, "node inspect es5 --format '{{json .Spec}}'", R"({"Labels":{"rack":"r1"},"Role":"worker","Availability":"drain"})");
  check_ok(server, "node promote es4", "Node es4 promoted to a manager in the swarm.");
  check_ok(server, "node demote es3", "Manager es3 demoted in the swarm.");
  check_fails(server, "node rm es5", "is not down and can't be removed");
  check_ok(server, "node rm --force es5", "es5");
  check_ok(server, "swarm join-token worker", "docker swarm join --token ESWTKN-1-");
  const std::string token = server.docker("swarm join-token -q manager").text;
  CHECK(server.docker("swarm join-token --rotate -q manager").text != token);
  check_ok(server, "swarm update --task-history-limit 3", "Swarm updated.");
  check_fails(server, "swarm update --autolock=true", "autolock is not supported yet");
  check_fails(server, "swarm leave", "Use `--force` to suppress this message.");
  check_ok(server, "swarm leave --force", "Node left the swarm.");
  check_fails(server, "node ls", "This node is not a swarm manager.");
  check_ok(server, "swarm init --advertise-addr 10.99.0.1", "is now a manager.");
  check_ok(server, "swarm leave --force", "Node left the swarm.");
  check_ok(server, "swarm join --token ESWTKN-1-x 10.99.0.1:2377", "This node joined a swarm as a worker.");
}

TEST_CASE("docker: services") {
  if (!has_docker()) return;
  const CliServer server;
  check_ok(server,
           "service create --detach=false --quiet --name web --replicas 3 --network host --env A=b --reserve-memory 32m --limit-memory 64m "
           "--mount type=tmpfs,target=/t,tmpfs-size=1m --constraint node.role==worker --restart-delay 1s busybox sleep 1000");
  CHECK_FALSE(server.docker("service create --name second -d busybox").has("could not be accessed on a registry"));
  check_ok(server, "service ls", "3/3");
  check_ok(server, "service ps web", "web.3");
  check_ok(server, "service inspect web --format '{{.Spec.TaskTemplate.ContainerSpec.Image}}'", "busybox:latest\n");
  check_ok(server, "service inspect --pretty web", "Networks: host");
  check_ok(server, "service scale -d web=5", "web scaled to 5");
  // Until it is done: while an update goes on, the service changes between the CLI's look at it and its rollback.
  check_ok(server, "service update --detach=false --quiet --env-add C=d --force web", "web");
  check_ok(server, "service rollback -d web", "web");
  check_ok(server, "node ps es4", "web.");
  check_ok(server, "service logs web", "hello from a task");
  check_ok(server, "service logs --raw --timestamps second", "2025-11-20T04:41:04.000000000Z hello from a task");
  check_ok(server, "service create -d --name broken --restart-condition none bad");
  check_ok(server, "service create -d --name jobs --mode replicated-job --replicas 2 busybox true");
  check_ok(server, "service ls --filter mode=replicated-job", "replicated job");
  check_fails(server, "service create -d --name web busybox", "name conflicts with an existing object");
  check_fails(server, "service create -d -p 80:80 busybox", "published ports and DNS round robin are not supported yet");
  check_fails(server, "service create -d --mount type=volume,src=v,dst=/v busybox", "mounts of type volume are not supported yet");
  check_fails(server, "service create -d --network other busybox", "network other not found");
  check_ok(server, "service rm web second", "web\nsecond");
  check_fails(server, "service inspect web", "no such service: web");
}

TEST_CASE("docker: images and events") {
  if (!has_docker()) return;
  const CliServer server;
  check_ok(server, "image ls", "busybox      latest");
  check_ok(server, "image inspect busybox --format '{{.Architecture}}'", "amd64");
  check_ok(server, "load -i /proc/self/cmdline", "Loaded image: busybox:latest");
  check_ok(server, "service create -d --name web busybox");
  std::string now = server.docker("info --format '{{.SystemTime}}'").text;
  now.pop_back();
  check_ok(server, "events --since 1 --until " + now + " --format '{{.Type}} {{.Action}}'", "service create");
  check_ok(server, "image rm busybox", "Deleted: sha256:");
  check_fails(server, "image inspect busybox", "No such image: busybox");
  check_fails(server, "pull busybox", "pulling from a registry is not supported yet");
  check_fails(server, "ps", "docker service ps");
}

}  // namespace
}  // namespace es::api
