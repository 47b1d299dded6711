// Flags in, Docker's specification out.

#include <map>

#include "doctest/doctest.h"
#include "services/cli/commands.h"
#include "services/cli/mount_text.h"
#include "services/cli/spec/edits.h"
#include "services/json/json.h"
#include "tests/unit/cli/recorder.h"

namespace es::cli {
namespace {

using Words = std::vector<std::string>;

// What `service create` or `service update` with these words does to a specification; the message
// of a mistake instead.
struct Made {
  std::optional<int> code;
  std::string message;
  Json spec;
};

Made edit(const char* command, const Words& words, const char* spec) {
  Recorder recorder;
  Call call{*find_command(command), words, recorder.console, ""};
  SpecEdits edits;
  Words rest;
  Syntax syntax(call, {});
  const bool creates = std::string_view(command) == "service create";
  if (creates)
    edits.declare_create(syntax);
  else
    edits.declare_update(syntax);
  syntax.arguments(rest, 0, SIZE_MAX);
  if (creates) syntax.stop_at_first_argument();
  Made made;
  made.code = syntax.parse();
  made.message = recorder.err.substr(0, recorder.err.find('\n'));
  made.spec = Json::parse(spec);
  if (made.code) return made;
  if (const Status applied = edits.apply(made.spec); !applied.ok())
    made.message = applied.error().message;
  return made;
}

std::string created(const Words& words) {
  const Made made = edit("service create", words, "{}");
  return made.code ? made.message : made.spec.dump();
}

TEST_CASE("each flag of create says one thing") {
  struct Case {
    Words words;
    const char* spec;
  };
  const std::vector<Case> cases{
      {{"--name", "web"}, R"({"Name":"web"})"},
      {{"--name=web"}, R"({"Name":"web"})"},
      {{"-l", "a=1", "-l", "b", "--label=a=2"}, R"({"Labels":{"a":"2","b":""}})"},
      {{"--replicas", "3"}, R"({"Mode":{"Replicated":{"Replicas":3}}})"},
      {{"--mode", "global"}, R"({"Mode":{"Global":{}}})"},
      {{"--replicas", "4", "--max-concurrent", "2", "--mode", "replicated-job"},
       R"({"Mode":{"ReplicatedJob":{"TotalCompletions":4,"MaxConcurrent":2}}})"},
      {{"--replicas", "4", "--mode", "replicated-job"},
       R"({"Mode":{"ReplicatedJob":{"TotalCompletions":4,"MaxConcurrent":4}}})"},
      {{"--reserve-cpu", "0.25", "--reserve-memory", "64m"},
       R"({"TaskTemplate":{"Resources":{"Reservations":{"NanoCPUs":250000000,"MemoryBytes":67108864}}}})"},
      {{"--limit-cpu=1.5", "--limit-memory=1GiB", "--limit-pids=100"},
       R"({"TaskTemplate":{"Resources":{"Limits":{"NanoCPUs":1500000000,"MemoryBytes":1073741824,"Pids":100}}}})"},
      {{"-e", "A=1", "-e", "B=x=y", "--env", "A=2"},
       R"({"TaskTemplate":{"ContainerSpec":{"Env":["A=2","B=x=y"]}}})"},
      {{"--constraint", "node.role==worker", "--constraint", "node.labels.a!=b"},
       R"({"TaskTemplate":{"Placement":{"Constraints":["node.role==worker","node.labels.a!=b"]}}})"},
      {{"--placement-pref", "spread=node.labels.rack", "--replicas-max-per-node", "2"},
       R"({"TaskTemplate":{"Placement":{"MaxReplicas":2,"Preferences":[{"Spread":{"SpreadDescriptor":"node.labels.rack"}}]}}})"},
      {{"--restart-condition", "on-failure", "--restart-delay", "1s", "--restart-max-attempts", "3",
        "--restart-window", "2m"},
       R"({"TaskTemplate":{"RestartPolicy":{"Condition":"on-failure","Delay":1000000000,"MaxAttempts":3,"Window":120000000000}}})"},
      {{"--network", "host"}, R"({"TaskTemplate":{"Networks":[{"Target":"host"}]}})"},
      {{"-u", "1000:1000", "-w", "/srv", "--hostname", "h", "--entrypoint", "sh -c"},
       R"({"TaskTemplate":{"ContainerSpec":{"Hostname":"h","User":"1000:1000","Dir":"/srv","Command":["sh","-c"]}}})"},
      {{"--hostname="}, R"({"TaskTemplate":{"ContainerSpec":{"Hostname":""}}})"},
      {{"-t", "--init", "--read-only=false"},
       R"({"TaskTemplate":{"ContainerSpec":{"TTY":true,"Init":true,"ReadOnly":false}}})"},
      {{"--stop-grace-period", "1m30s", "--stop-signal", "SIGINT"},
       R"({"TaskTemplate":{"ContainerSpec":{"StopGracePeriod":90000000000,"StopSignal":"SIGINT"}}})"},
      {{"--cap-add", "net_admin", "--cap-drop", "ALL"},
       R"({"TaskTemplate":{"ContainerSpec":{"CapabilityAdd":["CAP_NET_ADMIN"],"CapabilityDrop":["ALL"]}}})"},
      {{"--ulimit", "nofile=1024:4096", "--ulimit", "nproc=5"},
       R"({"TaskTemplate":{"ContainerSpec":{"Ulimits":[{"Name":"nofile","Soft":1024,"Hard":4096},{"Name":"nproc","Soft":5,"Hard":5}]}}})"},
      {{"--sysctl", "net.ipv4.ip_forward=1"},
       R"({"TaskTemplate":{"ContainerSpec":{"Sysctls":{"net.ipv4.ip_forward":"1"}}}})"},
      {{"--host", "db:10.0.0.5", "--group", "audio", "--container-label", "x=y"},
       R"({"TaskTemplate":{"ContainerSpec":{"Labels":{"x":"y"},"Hosts":["10.0.0.5 db"],"Groups":["audio"]}}})"},
      // What is missing in an update's settings would be 0: none of the defaults.
      {{"--update-delay", "10s"},
       R"({"UpdateConfig":{"Parallelism":1,"FailureAction":"pause","MaxFailureRatio":0,"Order":"stop-first","Delay":10000000000}})"},
      {{"--rollback-parallelism", "0", "--rollback-max-failure-ratio", "0.2"},
       R"({"RollbackConfig":{"Parallelism":0,"FailureAction":"pause","MaxFailureRatio":0.2,"Order":"stop-first"}})"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.spec);
    CHECK(created(one.words) == one.spec);
  }
}

TEST_CASE("what stands behind the image is the command") {
  const Made made =
      edit("service create", {"--name", "a", "busybox", "sh", "-c", "x", "--name", "b"}, "{}");
  CHECK(made.spec.dump() == R"({"Name":"a"})");
}

TEST_CASE("mistakes are said by the flag, before the daemon is asked") {
  struct Case {
    Words words;
    const char* message;  // behind "edgeswarm service create: "
  };
  const std::vector<Case> cases{
      {{"--replcas", "3"}, "unknown flag --replcas; did you mean --replicas?"},
      {{"--constrain", "a==b"}, "unknown flag --constrain; did you mean --constraint?"},
      {{"--xyzzy"}, "unknown flag --xyzzy"},
      {{"-Z"}, "unknown flag -Z"},
      {{"--name"}, "the flag --name needs a value"},
      {{"--replicas", "-1"}, "--replicas: \"-1\": it must be a whole number, 0 or more"},
      {{"--mode", "swarm"},
       "--mode: \"swarm\": it must be replicated, global, replicated-job or global-job"},
      {{"--mode", "global", "--replicas", "2"},
       "--replicas: \"2\": replicas can only be used with replicated or replicated-job mode"},
      {{"--max-concurrent", "2"},
       "--max-concurrent: \"2\": max-concurrent can only be used with replicated-job mode"},
      {{"--limit-memory", "lots"},
       "--limit-memory: \"lots\": a size is a number of bytes or with a unit, for example 512m or "
       "1.5GiB"},
      {{"--constraint", "node.role=worker"},
       "--constraint: \"node.role=worker\": a constraint is KEY==VALUE or KEY!=VALUE, for example "
       "node.role==worker"},
      {{"--ulimit", "nofile=9:1"},
       "--ulimit: \"nofile=9:1\": the soft limit must not be above the hard limit"},
      {{"--restart-condition", "always"},
       "--restart-condition: \"always\": it must be none, on-failure or any"},
      {{"--rollback-failure-action", "rollback"},
       "--rollback-failure-action: \"rollback\": it must be pause or continue"},
      {{"--update-max-failure-ratio", "2"},
       "--update-max-failure-ratio: \"2\": it must be a number from 0 to 1"},
      {{"--init=maybe"}, "--init: \"maybe\": it must be true or false"},
      {{"--publish", "80:80", "busybox"},
       "--publish: published ports are not supported yet; use --network host"},
      {{"-p", "80:80", "busybox"},
       "--publish: published ports are not supported yet; use --network host"},
      {{"--secret", "s"}, "--secret: secrets are not supported yet; use --env or --mount"},
      {{"--health-cmd", "true"}, "--health-cmd: health checks are not supported yet"},
      {{"--no-healthcheck", "busybox"}, "--no-healthcheck: health checks are not supported yet"},
      {{"-H", "tcp://1.2.3.4"},
       "-H: \"tcp://1.2.3.4\": the daemon's socket is given as unix://PATH"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.message);
    const Made made = edit("service create", one.words, "{}");
    CHECK(made.code == kMisused);
    CHECK(made.message == "edgeswarm service create: " + std::string(one.message));
  }
}

constexpr const char* kSpec =
    R"({"Name":"web","Labels":{"a":"1","b":"2"},"Unknown":{"kept":true},"TaskTemplate":{"ContainerSpec":{
  "Image":"app:1","Env":["A=1","B=2"],"Mounts":[{"Type":"bind","Source":"/a","Target":"/a"}],"Hosts":["1.1.1.1 x","2.2.2.2 x"],
  "CapabilityAdd":["CAP_SYS_TIME"]},"ForceUpdate":7},"Mode":{"Global":{}}})";

TEST_CASE("update changes what it is told to and nothing else") {
  struct Case {
    Words words;
    const char* where;
    const char* becomes;
  };
  const std::vector<Case> cases{
      {{"--image", "app:2"}, "/TaskTemplate/ContainerSpec/Image", R"("app:2")"},
      {{"--args", "sleep '1 h'"}, "/TaskTemplate/ContainerSpec/Args", R"(["sleep","1 h"])"},
      {{"--env-add", "B=3", "--env-add", "C=4", "--env-rm", "A"},
       "/TaskTemplate/ContainerSpec/Env",
       R"(["B=3","C=4"])"},
      // What is removed goes first, in whatever order it is said.
      {{"--env-add", "A=9", "--env-rm", "A"},
       "/TaskTemplate/ContainerSpec/Env",
       R"(["B=2","A=9"])"},
      {{"--label-rm", "a", "--label-rm", "none", "--label-add", "c=3"},
       "/Labels",
       R"({"b":"2","c":"3"})"},
      {{"--mount-rm", "/a"}, "/TaskTemplate/ContainerSpec/Mounts", "[]"},
      {{"--mount-add", "type=tmpfs,target=/a"},
       "/TaskTemplate/ContainerSpec/Mounts",
       R"([{"Type":"tmpfs","Target":"/a"}])"},
      {{"--host-rm", "x:1.1.1.1"}, "/TaskTemplate/ContainerSpec/Hosts", R"(["2.2.2.2 x"])"},
      {{"--host-rm", "x"}, "/TaskTemplate/ContainerSpec/Hosts", "[]"},
      {{"--cap-drop", "sys_time"}, "/TaskTemplate/ContainerSpec/CapabilityAdd", "[]"},
      {{"--constraint-rm", "node.role==worker"}, "/Unknown", R"({"kept":true})"},
      {{"--force"}, "/TaskTemplate/ForceUpdate", "8"},
      {{"--force=false"}, "/TaskTemplate/ForceUpdate", "7"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.where);
    CAPTURE(one.becomes);
    const Made made = edit("service update", one.words, kSpec);
    REQUIRE(!made.code);
    CHECK(made.spec.at(Json::json_pointer(one.where)).dump() == one.becomes);
  }
  CHECK(edit("service update", {"--replicas", "2"}, kSpec).message ==
        "replicas can only be used with replicated or replicated-job mode");
}

TEST_CASE("mounts") {
  struct Case {
    const char* text;
    const char* result;
  };
  for (
      const Case& one : {
          Case{"type=bind,source=/srv,target=/data,readonly",
               R"({"Type":"bind","Source":"/srv","Target":"/data","ReadOnly":true})"},
          {"type=bind,src=/s,dst=/d,ro=false",
           R"({"Type":"bind","Source":"/s","Target":"/d","ReadOnly":false})"},
          {"source=v,destination=/d", R"({"Type":"volume","Source":"v","Target":"/d"})"},
          {"type=bind,source=/s,target=/d,bind-propagation=rshared",
           R"({"Type":"bind","Source":"/s","Target":"/d","BindOptions":{"Propagation":"rshared"}})"},
          {"type=tmpfs,target=/t,tmpfs-size=64m,tmpfs-mode=1777",
           R"({"Type":"tmpfs","Target":"/t","TmpfsOptions":{"SizeBytes":67108864,"Mode":1023}})"},
          {"\"source=/a,b\",type=bind,target=/c",
           R"({"Type":"bind","Source":"/a,b","Target":"/c"})"},
          {"type=bind,source=/s", "target is required"},
          {"type=bind,target=/d", "source is required when type=bind"},
          {"type=tmpfs,source=/s,target=/d", "a mount of type tmpfs has no source"},
          {"type=bind,source=/s,target=/d,tmpfs-size=1m",
           "cannot mix 'tmpfs-*' options with mount type 'bind'"},
          {"type=npipe,target=/d",
           "there is no mount of type 'npipe'; there are bind, tmpfs and volume"},
          {"target", "invalid field 'target' must be a key=value pair"},
          {"type=bind,source=/s,target=/d,color=red", "unexpected key 'color' in 'color=red'"},
          {"type=volume,target=/d,volume-driver=nfs",
           "the mount option volume-driver is not supported yet"},
          {"type=tmpfs,target=/d,tmpfs-mode=99",
           "tmpfs-mode must be an octal number, for example 1777"},
          {"", "invalid field '' must be a key=value pair"},
      }) {
    CAPTURE(one.text);
    const auto mount = parse_mount(one.text);
    CHECK((mount.ok() ? mount->dump() : mount.error().message) == one.result);
  }
}

}  // namespace
}  // namespace es::cli
