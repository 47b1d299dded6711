// What nodes may say of themselves and of their tasks.

#include <string>

#include "doctest/doctest.h"

#include "core/identity/node_words.h"

namespace es::identity {

namespace {

NodeDescription good() {
  NodeDescription one;
  one.hostname = "pi-kitchen";
  one.platform = {"arm64", "linux", "v8"};
  one.engine_version = "0.2.0";
  one.engine_labels = {{"rack", "küche"}, {"empty", ""}};
  one.resources.cpu_nano = 4'000'000'000;
  one.resources.memory_bytes = int64_t{8} << 30;
  one.resources.generic = {{"gpu", 1}};
  return one;
}

}  // namespace

TEST_CASE("host names") {
  for (const std::string name : {"a", "7", "pi", "pi-4", "my_board", "pi.lan", "PI.Example.ORG", "a--b", "192.168.1.4"}) {
    CAPTURE(name);
    CHECK(check_hostname(name).ok());
  }
  CHECK(check_hostname(std::string(63, 'x')).ok());
  CHECK(check_hostname(std::string(63, 'x') + "." + std::string(63, 'y')).ok());
  for (const std::string& name :
       {std::string(), std::string("."), std::string("pi."), std::string(".pi"), std::string("a..b"), std::string("-pi"),
        std::string("pi-"), std::string("_pi"), std::string("pi kitchen"), std::string("pi\nm2 Ready"), std::string("\033[2J"),
        std::string("pi\0x", 4), std::string("küche"), std::string("pi/4"), std::string("\x9b" "2J"), std::string(64, 'x'),
        [] {
          std::string long_one = std::string(63, 'x');
          for (int i = 0; i < 3; ++i) long_one += "." + std::string(63, 'x');
          return long_one;
        }()}) {
    CAPTURE(name);
    CHECK_FALSE(check_hostname(name).ok());
  }
}

TEST_CASE("descriptions have bounds") {
  CHECK(check_description(good()).ok());
  struct Case {
    const char* name;
    void (*spoil)(NodeDescription&);
  };
  for (const Case& c : {
           Case{"no host name", [](auto& d) { d.hostname.clear(); }},
           Case{"65 labels", [](auto& d) { for (int i = 0; i < 65; ++i) d.engine_labels[std::to_string(i)] = "x"; }},
           Case{"a label of 2 MB", [](auto& d) { d.engine_labels["x"] = std::string(2'000'000, 'x'); }},
           Case{"labels of 9 KiB together", [](auto& d) { for (int i = 0; i < 9; ++i) d.engine_labels[std::to_string(i)] = std::string(1'024, 'x'); }},
           Case{"a label without a name", [](auto& d) { d.engine_labels[""] = "x"; }},
           Case{"a label with a newline", [](auto& d) { d.engine_labels["a\nb"] = "x"; }},
           Case{"a label's value with ESC", [](auto& d) { d.engine_labels["a"] = "\033[31m"; }},
           Case{"a label's name with CSI", [](auto& d) { d.engine_labels["\u009b31m"] = "x"; }},
           Case{"a label's value with OSC", [](auto& d) { d.engine_labels["a"] = "b\u009d0;x"; }},
           Case{"a version with the last control character", [](auto& d) { d.engine_version = "1\u009f"; }},
           Case{"negative memory", [](auto& d) { d.resources.memory_bytes = -1; }},
           Case{"all the memory there is", [](auto& d) { d.resources.memory_bytes = INT64_MAX; }},
           Case{"more cores than exist", [](auto& d) { d.resources.cpu_nano = INT64_MAX; }},
           Case{"negative pids", [](auto& d) { d.resources.pids = -7; }},
           Case{"65 kinds of resources", [](auto& d) { for (int i = 0; i < 65; ++i) d.resources.generic[std::to_string(i)] = 1; }},
           Case{"negative generic resource", [](auto& d) { d.resources.generic["gpu"] = -1; }},
           Case{"a nameless generic resource", [](auto& d) { d.resources.generic[""] = 1; }},
           Case{"a long architecture", [](auto& d) { d.platform.architecture.assign(65, 'x'); }},
           Case{"an operating system with a newline", [](auto& d) { d.platform.os = "linux\n"; }},
           Case{"a long version", [](auto& d) { d.engine_version.assign(1'000, '1'); }},
       }) {
    CAPTURE(c.name);
    NodeDescription description = good();
    c.spoil(description);
    const Status status = check_description(description);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == Errc::kInvalid);
  }
}

TEST_CASE("addresses are those of one machine") {
  for (const char* ip : {"10.0.0.1", "127.0.0.1", "192.168.1.255", "fd00::1", "::1", "fe80::1"}) {
    CAPTURE(ip);
    CHECK(check_address({ip, 2377}).ok());
  }
  for (const char* ip : {"", "0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "::", "ff02::1", "evil.example", "10.0.0.1\n"}) {
    CAPTURE(ip);
    CHECK_FALSE(check_address({ip, 2377}).ok());
  }
  CHECK_FALSE(check_address({"10.0.0.1", 0}).ok());
}

TEST_CASE("a task's state is one that an agent can see, and its texts are short and plain") {
  for (const int state : {256, 320, 384, 448, 512, 576, 640, 704, 768}) {
    TaskStatus status;
    status.state = static_cast<TaskState>(state);
    CHECK(tidy_observation(status));
  }
  for (const int state : {0, 64, 192, 257, 513, 800, 832, 9'999, 65'535}) {
    TaskStatus status;
    status.state = static_cast<TaskState>(state);
    CAPTURE(state);
    CHECK_FALSE(tidy_observation(status));
  }
  TaskStatus status;
  status.state = TaskState::kFailed;
  status.message = "started\nm2  Ready";
  status.err = std::string(kMaxStatusBytes - 1, 'x') + "ü and more";
  CHECK(tidy_observation(status));
  CHECK(status.message == "started?m2  Ready");
  CHECK(status.err == std::string(kMaxStatusBytes - 1, 'x'));
  status.message = "\u0080a\u009b2J\u00a0\xc2";  // U+00A0 is none, and half a character is nobody's
  CHECK(tidy_observation(status));
  CHECK(status.message == "?a?2J\u00a0\xc2");
  status.container.container_id.assign(1'000, 'x');
  CHECK_FALSE(tidy_observation(status));
}

}  // namespace es::identity
