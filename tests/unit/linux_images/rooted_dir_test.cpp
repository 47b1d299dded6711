// No path leads out of a rooted folder, whether the kernel resolves it or each part is opened by itself (before Linux 5.6).

#include "platform/linux/images/rooted_dir.h"

#include <doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "tests/unit/linux_images/temp_dir.h"

namespace es::images {

TEST_CASE("what lies beneath is found and made, and no link is followed, with and without openat2") {
  for (const auto resolver : {RootedDir::Resolver::kKernel, RootedDir::Resolver::kStepByStep}) {
    CAPTURE(static_cast<int>(resolver));
    const TempDir outside, temp;
    auto root = RootedDir::open(temp.path(), resolver);
    REQUIRE(root.ok());

    const auto place = root->place("a/b/c/file");
    REQUIRE(place.ok());
    CHECK(place->name == "file");
    CHECK(mkdirat(place->parent.get(), "file", 0700) == 0);
    CHECK(root->folder("a/b/c/file").ok());
    CHECK(root->folder("").ok());
    CHECK(root->existing("a/b/c/file").ok());
    CHECK(access((temp.path() + "/a/b/c/file").c_str(), F_OK) == 0);

    REQUIRE(symlink(outside.path().c_str(), (temp.path() + "/away").c_str()) == 0);
    REQUIRE(symlink("b", (temp.path() + "/a/near").c_str()) == 0);
    REQUIRE(symlink("..", (temp.path() + "/a/up").c_str()) == 0);
    REQUIRE(symlink("nowhere", (temp.path() + "/a/dangling").c_str()) == 0);
    REQUIRE(close(open((temp.path() + "/plain").c_str(), O_CREAT | O_WRONLY, 0600)) == 0);
    struct Case {
      const char* path;
      const char* why;
    };
    for (const Case& c : {
             Case{"away/x", "symbolic link"}, Case{"a/near/c/x", "symbolic link"},
             Case{"a/up/x", "symbolic link"}, Case{"a/dangling/x", "symbolic link"},
             Case{"plain/x", "through a file"},
         }) {
      CAPTURE(c.path);
      for (const auto& refused : {root->place(c.path), root->existing(c.path)}) {
        REQUIRE_FALSE(refused.ok());
        CHECK(refused.error().code == Errc::kInvalid);
        CHECK(refused.error().message.find(c.why) != std::string::npos);
      }
    }
    CHECK_FALSE(root->folder("away").ok());
    CHECK_FALSE(root->existing("not/there").ok());
    CHECK(access((outside.path() + "/x").c_str(), F_OK) != 0);
  }
}

}  // namespace es::images
