// Users of an image, honest and hostile.

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "doctest/doctest.h"
#include "platform/linux/runtime/user_database.h"

namespace es::runtime {

namespace {

constexpr const char* kPasswd =
    "root:x:0:0:root:/root:/bin/sh\n"
    "broken line\n"
    "toobig:x:4294967295:1::/:\n"
    "web:x:1001:1002:Web Server:/home/web:/bin/sh\n"
    "nohome:x:1005:1005::\n"
    "1007:x:2007:2007::/seven:\n";
constexpr const char* kGroup =
    "root:x:0:\n"
    "web:x:1002:\n"
    "extra:x:1003:other,web\n"
    "more:x:1004:web\n"
    "like:x:1006:webmaster\n";

std::string show(const Result<ContainerUser>& result) {
  if (!result.ok()) return result.error().message;
  std::string text = std::to_string(result->uid) + ":" + std::to_string(result->gid);
  for (const uint32_t gid : result->additional_gids) text += "+" + std::to_string(gid);
  return text + " " + result->home;
}

TEST_CASE("names and numbers by the image's own files") {
  struct Case {
    const char* user;
    std::vector<std::string> groups;
    const char* outcome;
  };
  const Case cases[] = {
      {"", {}, "0:0 /root"},
      {"0", {}, "0:0 /root"},
      {"web", {}, "1001:1002+1003+1004 /home/web"},
      {"1001", {}, "1001:1002+1003+1004 /home/web"},
      {"web:extra", {}, "1001:1003 /home/web"},
      {"web:1999", {}, "1001:1999 /home/web"},
      {"web", {"extra", "77"}, "1001:1002+77+1003+1004 /home/web"},
      {"4242", {}, "4242:0 /"},
      {"4242:77", {}, "4242:77 /"},
      {"nohome", {}, "1005:1005 /"},
      {"1007",
       {},
       "2007:2007 /seven"},  // a name that looks like a number wins where it comes first
      {"nobody", {}, "unable to find user nobody: no matching entries in passwd file"},
      {"web:nogroup", {}, "unable to find group nogroup: no matching entries in group file"},
      {"web", {"nogroup"}, "unable to find group nogroup: no matching entries in group file"},
      {"toobig", {}, "unable to find user toobig: no matching entries in passwd file"},
      {"2147483648", {}, "unable to find user 2147483648: no matching entries in passwd file"},
      {"-1", {}, "unable to find user -1: no matching entries in passwd file"},
      {"broken line", {}, "unable to find user broken line: no matching entries in passwd file"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.user);
    CHECK(show(resolve_user(one.user, one.groups, kPasswd, kGroup)) == one.outcome);
  }
  CHECK(show(resolve_user("12:13", {}, "", "")) == "12:13 /");
  CHECK(
      show(resolve_user("x", {}, std::string(1000, ':'), "")).starts_with("unable to find user x"));
}

struct Root {
  Root() {
    char name[] = "/tmp/edgeswarm-root-XXXXXX";
    path = mkdtemp(name);
    std::filesystem::create_directories(path + "/root/etc");
    std::ofstream(path + "/passwd") << "spy:x:666:666::/:\n";
  }
  ~Root() { std::filesystem::remove_all(path); }
  std::string rootfs() const { return path + "/root"; }
  std::string path;
};

TEST_CASE("an image cannot make the daemon read files of the node") {
  const Root root;
  const std::string passwd = root.rootfs() + "/etc/passwd";
  struct Case {
    const char* name;
    std::function<void()> make;
  };
  const Case cases[] = {
      {"no file", [] {}},
      {"absolute link", [&] { std::filesystem::create_symlink(root.path + "/passwd", passwd); }},
      {"relative link", [&] { std::filesystem::create_symlink("../../passwd", passwd); }},
      {"link to procfs",
       [&] {
         std::filesystem::create_symlink("/proc/self/root/" + root.path + "/passwd", passwd);
       }},
      {"a FIFO", [&] { REQUIRE(mkfifo(passwd.c_str(), 0600) == 0); }},
      {"a folder", [&] { std::filesystem::create_directory(passwd); }},
      {"a folder that is a file",
       [&] {
         std::filesystem::remove_all(root.rootfs() + "/etc");
         std::ofstream(root.rootfs() + "/etc") << "x";
       }},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    one.make();
    const auto outcome = resolve_user_in(root.rootfs(), "spy", {});
    REQUIRE_FALSE(outcome.ok());
    std::error_code ignored;
    std::filesystem::remove_all(passwd, ignored);
  }
}

TEST_CASE("links inside the image are followed inside the image") {
  const Root root;
  std::ofstream(root.rootfs() + "/real") << "web:x:7:8::/:\n";
  std::filesystem::create_symlink("/real", root.rootfs() + "/etc/passwd");
  CHECK(show(resolve_user_in(root.rootfs(), "web", {})) == "7:8 /");
  CHECK_FALSE(resolve_user_in(root.path + "/nowhere", "0", {}).ok());
}

}  // namespace

}  // namespace es::runtime
