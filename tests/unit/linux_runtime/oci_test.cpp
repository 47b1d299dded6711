// The pieces of an OCI bundle: JSON, capabilities, signals, engines, records.

#include "doctest/doctest.h"
#include "platform/linux/runtime/capabilities.h"
#include "platform/linux/runtime/engine.h"
#include "platform/linux/runtime/oci_config.h"
#include "platform/linux/runtime/oci_json.h"
#include "platform/linux/runtime/privileges.h"
#include "platform/linux/runtime/seccomp_cache.h"
#include "platform/linux/runtime/signals.h"
#include "platform/linux/runtime/task_records.h"

namespace es::runtime {

namespace {

TEST_CASE("JSON: structure and escapes") {
  JsonWriter out;
  out.begin_object();
  out.member("a", int64_t{-1});
  out.member("b", true);
  out.member_texts("c",
                   std::vector<std::string>{"x", "quote \" slash \\ line \n tab \t bell \x07 ä 😀"});
  out.key("d");
  out.begin_array();
  out.end_array();
  out.key("e");
  out.begin_object();
  out.end_object();
  out.end_object();
  CHECK(out.bytes() ==
        "{\"a\":-1,\"b\":true,\"c\":[\"x\",\"quote \\\" slash \\\\ line \\u000a tab \\u0009 bell "
        "\\u0007 ä 😀\"],"
        "\"d\":[],\"e\":{}}");
  CHECK_FALSE(out.invalid_text());
}

TEST_CASE("JSON: what is not UTF-8 is noticed") {
  struct Case {
    std::string bytes;
    bool good;
  };
  const Case cases[] = {
      {"", true},
      {"plain \x7f", true},
      {"\xc3\xa4", true},
      {"\xed\x9f\xbf", true},
      {"\xf4\x8f\xbf\xbf", true},
      {std::string("\0", 1), false},
      {"\x80", false},
      {"\xc3", false},
      {"\xc0\xaf", false},          // overlong
      {"\xe0\x80\xaf", false},      // overlong
      {"\xed\xa0\x80", false},      // surrogate
      {"\xf4\x90\x80\x80", false},  // above U+10FFFF
      {"\xff", false},
  };
  for (const Case& one : cases) {
    CAPTURE(one.bytes);
    CHECK(is_json_text(one.bytes) == one.good);
    JsonWriter out;
    out.text(one.bytes);
    CHECK(out.invalid_text().has_value() != one.good);
  }
}

constexpr uint64_t kAll = (uint64_t{1} << 41) - 1;

TEST_CASE("base64 (RFC 4648 section 10)") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64("\xff\xfe\xfd") == "//79");
}

TEST_CASE("capabilities: Docker's defaults, added and dropped") {
  const auto resolve = [](std::vector<std::string> add, std::vector<std::string> drop,
                          uint64_t bounding = kAll) {
    const auto result = resolve_capabilities(add, drop, bounding);
    if (!result.ok()) return result.error().message;
    std::string text = std::to_string(result->size());
    for (const std::string& name : *result) {
      if (result->size() < 5) text += " " + name;
    }
    return text;
  };
  CHECK(resolve({}, {}) == "14");
  CHECK(resolve({"NET_ADMIN"}, {}) == "15");
  CHECK(resolve({"cap_kill"}, {}) == "14");
  CHECK(resolve({}, {"CAP_KILL", "mknod"}) == "12");
  CHECK(resolve({}, {"ALL"}) == "0");
  CHECK(resolve({"NET_ADMIN", "CHOWN"}, {"all"}) == "2 CAP_CHOWN CAP_NET_ADMIN");
  CHECK(resolve({"ALL"}, {}) == "41");
  CHECK(resolve({"ALL"}, {"SYS_ADMIN"}) == "40");
  CHECK(resolve({"ALL"}, {}, kAll & ~(uint64_t{1} << 24)) == "40");
  CHECK(resolve({"SYS_RESOURCE"}, {}, kAll & ~(uint64_t{1} << 24)) ==
        "this machine does not give capability SYS_RESOURCE");
  CHECK(resolve({"FLY"}, {}) == "unknown capability: \"FLY\"");
  CHECK(resolve({}, {""}) == "unknown capability: \"\"");
}

TEST_CASE("signals by name and number") {
  struct Case {
    const char* name;
    int number;  // 0: refused
  };
  const Case cases[] = {{"", 15},        {"SIGTERM", 15},     {"TERM", 15}, {"sigint", 2},
                        {"9", 9},        {"64", 64},          {"USR1", 10}, {"SIGRTMIN", 34},
                        {"RTMIN+3", 37}, {"SIGRTMIN+30", 64}, {"0", 0},     {"65", 0},
                        {"-1", 0},       {"SIGRTMIN+31", 0},  {"SIG", 0},   {"SIGWHAT", 0},
                        {"15x", 0},      {"RTMIN+", 0}};
  for (const Case& one : cases) {
    CAPTURE(one.name);
    CHECK(parse_signal(one.name).value_or(0) == one.number);
  }
}

TEST_CASE("an engine's last words become one sentence") {
  CHECK(engine_reason("executable file `x` not found in $PATH \n") ==
        "executable file `x` not found in $PATH");
  CHECK(engine_reason("time=\"2024\" level=warning msg=\"w\" time=\"2024\" level=error msg=\"exec: "
                      "\\\"x\\\": not found\" ") == "exec: \"x\": not found");
  CHECK(engine_reason("msg=\"cut off").starts_with("cut off"));
  CHECK(engine_reason("").empty());
}

TEST_CASE("an engine is found, or its absence explained") {
  CHECK_FALSE(find_engine("relative/crun").ok());
  CHECK(find_engine("/does/not/exist/crun").error().message ==
        "no container runtime at /does/not/exist/crun");
  REQUIRE(find_engine("/bin/sh").ok());
  CHECK(find_engine("/bin/sh")->kind == Engine::Kind::kCrun);
}

TEST_CASE("records: lines, strange lines, and the way to stop a task") {
  const auto lines = parse_record("code 1\nempty \nnospace\nreason two words\ncode 2\n\nlast x");
  CHECK(lines.size() == 4);
  CHECK(lines.at("code") == "1");
  CHECK(lines.at("reason") == "two words");
  CHECK(lines.at("last") == "x");
  const StopRecord stop = parse_stop(write_stop({10, milliseconds(1500)}));
  CHECK(stop.signal == 10);
  CHECK(stop.grace_period == milliseconds(1500));
  CHECK(parse_stop("").signal == 15);
  CHECK(parse_stop("signal 99\ngrace_period_ns -5\n").signal == 15);
  CHECK(parse_stop("signal 99\ngrace_period_ns -5\n").grace_period == seconds(0));
}

TEST_CASE("privileges that are missing are named") {
  CHECK(check_privileges("CapEff:\t000001ffffffffff\n").ok());
  CHECK(check_privileges("CapEff:\t0000000000000022\n").error().message ==
        "containers cannot be made without CAP_SYS_ADMIN: start the daemon as root");
  CHECK_FALSE(check_privileges("").ok());
}

ports::ContainerConfig small_config() {
  ports::ContainerConfig config;
  config.rootfs = "/rootfs";
  config.args = {"/bin/true"};
  return config;
}

BundleFacts facts() {
  BundleFacts result;
  result.directory = "/run/t";
  result.machine = "aarch64";
  result.volumes_directory = "/volumes";
  result.cgroup_path = "/edgeswarm/t";
  return result;
}

TEST_CASE("limits and reservations in the words of cgroup v1 and v2") {
  auto config = small_config();
  config.resources.limits = {1'500'000'000, 64 << 20, 0, {}};
  config.resources.reservations = {250'000'000, 32 << 20, 0, {}};
  const auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  const std::string v1 = write_oci_config(config, facts()).value();
  CHECK(has(v1, "\"memory\":{\"limit\":67108864,\"swap\":67108864,\"reservation\":33554432}"));
  CHECK(has(v1, "\"cpu\":{\"shares\":256,\"period\":100000,\"quota\":150000}"));
  CHECK(has(v1, "\"pids\":{\"limit\":4096}"));
  CHECK_FALSE(has(v1, "unified"));
  CHECK(has(v1, "SCMP_ARCH_AARCH64"));

  BundleFacts v2_facts = facts();
  v2_facts.cgroup_v2 = true;
  const std::string v2 = write_oci_config(config, v2_facts).value();
  CHECK(has(v2, "\"memory\":{\"limit\":67108864,\"swap\":67108864}"));
  CHECK(has(v2, "\"cpu\":{\"period\":100000,\"quota\":150000}"));
  CHECK(has(v2, "\"unified\":{\"cpu.weight\":\"25\",\"memory.min\":\"33554432\"}"));
  CHECK(has(v2, "{\"type\":\"cgroup\"}"));

  BundleFacts bare = facts();  // a Raspberry Pi with its default boot line
  bare.memory_controller = bare.cpu_controller = bare.pids_controller = false;
  const std::string none = write_oci_config(config, bare).value();
  for (const char* part : {"\"memory\"", "\"cpu\"", "\"pids\""}) CHECK_FALSE(has(none, part));
}

TEST_CASE("the network is none, the node's, or a prepared one") {
  auto config = small_config();
  const auto has_network = [](const std::string& text) {
    return text.find("{\"type\":\"network\"") != std::string::npos;
  };
  CHECK(has_network(write_oci_config(config, facts()).value()));
  config.network = ports::NetworkMode::kHost;
  CHECK_FALSE(has_network(write_oci_config(config, facts()).value()));
  BundleFacts prepared = facts();
  prepared.network_namespace = "/run/netns/t";
  CHECK(write_oci_config(config, prepared)
            ->find("{\"type\":\"network\",\"path\":\"/run/netns/t\"}") != std::string::npos);
}

TEST_CASE("outer mounts come first, whatever order the service gave") {
  auto config = small_config();
  config.mounts = {Mount{MountType::kTmpfs, "", "/a/b/c"}, Mount{MountType::kTmpfs, "", "/a"}};
  const std::string text = write_oci_config(config, facts()).value();
  CHECK(text.find("\"destination\":\"/a\"") < text.find("\"destination\":\"/a/b/c\""));
}

}  // namespace

}  // namespace es::runtime
