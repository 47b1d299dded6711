// Layers: what is kept, what a whiteout becomes, and what hostile ones do not get.

#include <doctest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "platform/linux/images/layer_unpacker.h"
#include "tests/unit/linux_images/tar_builder.h"
#include "tests/unit/linux_images/temp_dir.h"

namespace es::images {

namespace {

Result<LayerFacts> unpack(const std::string& tar, const std::string& folder,
                          const LayerLimits& limits = {}) {
  TextSource source(tar);
  return unpack_layer(source, folder, limits);
}

struct stat stat_of(const std::string& path) {
  struct stat facts {};
  CHECK(lstat(path.c_str(), &facts) == 0);
  return facts;
}

bool is_whiteout(const std::string& path) {
  const struct stat facts = stat_of(path);
  return S_ISCHR(facts.st_mode) && facts.st_rdev == makedev(0, 0);
}

std::string attribute(const std::string& path, const char* name) {
  char value[64];
  const ssize_t length = lgetxattr(path.c_str(), name, value, sizeof value);
  return length < 0 ? std::string() : std::string(value, static_cast<size_t>(length));
}

}  // namespace

TEST_CASE("a layer is unpacked with all that belongs to it") {
  if (!is_root()) return;
  TempDir dir;
  const std::string long_name = "usr/share/" + std::string(120, 'n') + "/Főtanúsítvány.crt";
  const std::string capability(
      "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20);
  TarBuilder tar;
  tar.folder("./", 0755).folder("usr/", 0750).file("usr/bin/su", "program", 04755);
  tar.add({.name = "home/me/file", .mode = 0600, .uid = 1000, .gid = 100}, "mine");
  tar.symlink("bin", "usr/bin")
      .symlink("etc/mtab", "/proc/mounts")
      .hard_link("usr/bin/sudo", "usr/bin/su");
  tar.file(long_name, "certificate").add({.name = "run/pipe", .type = '6', .mode = 0622});
  tar.pax({{"SCHILY.xattr.security.capability", capability},
           {"SCHILY.xattr.user.note", "x"},
           {"SCHILY.xattr.trusted.overlay.opaque", "y"}});
  tar.file("usr/bin/ping", "ping", 0755);
  tar.file("large", std::string(3'000'000, 'l'));

  const auto facts = unpack(tar.finish(), dir.path());
  REQUIRE_MESSAGE(facts.ok(), facts.error().message);
  CHECK(facts->entries == 11);
  CHECK(facts->content_bytes == 3'000'000 + 7 + 4 + 11 + 4);
  CHECK((stat_of(dir.path() + "/usr/bin/su").st_mode & 07777) == 04755);
  CHECK(stat_of(dir.path() + "/usr/bin/su").st_nlink == 2);
  CHECK(stat_of(dir.path() + "/usr/bin/su").st_mtime == 1'700'000'000);
  CHECK((stat_of(dir.path() + "/usr").st_mode & 07777) == 0750);
  CHECK(stat_of(dir.path() + "/home/me/file").st_uid == 1000);
  CHECK(stat_of(dir.path() + "/home/me/file").st_gid == 100);
  CHECK(S_ISFIFO(stat_of(dir.path() + "/run/pipe").st_mode));
  CHECK(std::filesystem::read_symlink(dir.path() + "/etc/mtab") == "/proc/mounts");
  CHECK(read_file(dir.path() + "/" + long_name) == "certificate");
  CHECK(read_file(dir.path() + "/large").size() == 3'000'000);
  CHECK(attribute(dir.path() + "/usr/bin/ping", "security.capability") == capability);
  CHECK(attribute(dir.path() + "/usr/bin/ping", "user.note") == "x");
  CHECK(attribute(dir.path() + "/usr/bin/ping", "trusted.overlay.opaque").empty());
}

TEST_CASE("whiteouts become what overlayfs understands") {
  if (!is_root()) return;
  TempDir dir;
  TarBuilder tar;
  tar.file("a/.wh.gone", "").file("b/.wh..wh..opq", "").file("b/new", "n");
  tar.file(".wh.replaced", "")
      .folder("replaced")
      .file("replaced/own", "o");  // gone below, made anew here
  tar.folder("hidden").file("hidden/own", "o").file(".wh.hidden", "");  // the other way round
  tar.file("kept", "k").file(".wh.kept", "");
  tar.add({.name = "char", .type = '3'}).file(".wh..wh.plnk", "");
  const auto facts = unpack(tar.finish(), dir.path());
  REQUIRE_MESSAGE(facts.ok(), facts.error().message);
  CHECK(is_whiteout(dir.path() + "/a/gone"));
  CHECK(attribute(dir.path() + "/b", "trusted.overlay.opaque") == "y");
  CHECK(attribute(dir.path() + "/replaced", "trusted.overlay.opaque") == "y");
  CHECK(attribute(dir.path() + "/hidden", "trusted.overlay.opaque") == "y");
  CHECK(read_file(dir.path() + "/hidden/own") == "o");
  CHECK(read_file(dir.path() + "/kept") == "k");
  CHECK(is_whiteout(dir.path() + "/char"));
  CHECK_FALSE(std::filesystem::exists(dir.path() + "/.wh..wh.plnk"));
}

TEST_CASE("the last entry of a name counts") {
  if (!is_root()) return;
  TempDir dir;
  TarBuilder tar;
  tar.file("a", "first").file("a", "second").symlink("b", "a").file("b", "file now");
  tar.folder("c")
      .file("c/inside", "i")
      .file("c", "no folder any more")
      .folder("d", 0700)
      .folder("d", 0711);
  REQUIRE(unpack(tar.finish(), dir.path()).ok());
  CHECK(read_file(dir.path() + "/a") == "second");
  CHECK(read_file(dir.path() + "/b") == "file now");
  CHECK(read_file(dir.path() + "/c") == "no folder any more");
  CHECK((stat_of(dir.path() + "/d").st_mode & 0777) == 0711);
}

TEST_CASE("hostile layers are refused with one clear sentence, and nothing outside is touched") {
  if (!is_root()) return;
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "d/";
  std::string deep_but_short;
  for (int i = 0; i < 300; ++i) deep_but_short += "d/";
  TempDir dir;
  const std::string outside = dir.make("outside");
  std::ofstream(outside + "/victim") << "untouched";
  struct Case {
    const char* name;
    TarBuilder tar;
    const char* says;
  };
  const Case cases[] = {
      {"traversal", TarBuilder().file("../victim", "x"), "\"..\""},
      {"traversal in the middle", TarBuilder().folder("a").file("a/../../victim", "x"), "\"..\""},
      {"through an absolute symlink", TarBuilder().symlink("out", outside).file("out/victim", "x"),
       "symbolic link"},
      {"through a relative symlink",
       TarBuilder().symlink("a/out", "../../outside").file("a/out/victim", "x"), "symbolic link"},
      {"a folder through a symlink", TarBuilder().symlink("out", outside).folder("out/made"),
       "symbolic link"},
      {"a link through a symlink", TarBuilder().symlink("out", outside).symlink("out/made", "x"),
       "symbolic link"},
      {"a whiteout through a symlink",
       TarBuilder().symlink("out", outside).file("out/.wh.victim", ""), "symbolic link"},
      {"opaque through a symlink",
       TarBuilder().symlink("out", outside).file("out/.wh..wh..opq", ""), "symbolic link"},
      {"a hard link out", TarBuilder().hard_link("h", "../outside/victim"), "\"..\""},
      {"an absolute hard link", TarBuilder().hard_link("h", outside + "/victim"), "not there"},
      {"a hard link through a symlink",
       TarBuilder().symlink("out", outside).hard_link("h", "out/victim"), "symbolic link"},
      {"a hard link to a folder", TarBuilder().folder("f").hard_link("h", "f"), "hard link"},
      {"a hard link to itself", TarBuilder().file("h", "x").hard_link("h", "h"), "hard link"},
      {"a hard link to a whiteout", TarBuilder().file(".wh.w", "").hard_link("h", "w"),
       "hard link"},
      {"a character device",
       TarBuilder().add({.name = "mem", .type = '3', .device_major = 1, .device_minor = 1}),
       "device nodes"},
      {"a block device", TarBuilder().add({.name = "sda", .type = '4', .device_major = 8}),
       "device nodes"},
      {"a block device 0:0", TarBuilder().add({.name = "b", .type = '4'}), "device nodes"},
      {"a whiteout of nothing", TarBuilder().file(".wh.", ""), "whiteout"},
      {"a whiteout of the parent", TarBuilder().file("a/.wh...", ""), "whiteout"},
      {"a file as a parent", TarBuilder().file("f", "x").file("f/g", "x"), "through a file"},
      {"a fifo as a parent", TarBuilder().add({.name = "p", .type = '6'}).file("p/g", "x"),
       "through a file"},
      {"the root as a file", TarBuilder().file(".", "x"), "root"},
      {"a path of 20,000 bytes", TarBuilder().file(deep + "f", "x"), "too long"},
      {"a path of 300 parts", TarBuilder().file(deep_but_short + "f", "x"), "parts"},
      {"a name of 300 bytes", TarBuilder().file(std::string(300, 'n'), "x"), "too long"},
      {"garbage", TarBuilder(), "tar archive"},
  };
  for (const Case& one : cases) {
    CAPTURE(std::string(one.name));
    const std::string folder = "layer" + std::to_string(&one - cases);
    const bool garbage = std::string_view(one.name) == "garbage";
    const auto facts =
        unpack(garbage ? std::string(5000, 'g') : one.tar.finish(), dir.make(folder));
    REQUIRE_FALSE(facts.ok());
    CHECK(facts.error().code == Errc::kInvalid);
    const bool says = facts.error().message.find(one.says) != std::string::npos;
    CHECK_MESSAGE(says, facts.error().message);
    CHECK(facts.error().message.size() < 400);
    CHECK(read_file(outside + "/victim") == "untouched");
    CHECK(count_files(outside) == 1);
  }
}

TEST_CASE("bounds of a layer hold") {
  if (!is_root()) return;
  TempDir dir;
  TarBuilder many;
  for (int i = 0; i < 200; ++i) many.file("f" + std::to_string(i), "x");
  auto facts = unpack(many.finish(), dir.make("many"), {.entries_max = 100});
  REQUIRE_FALSE(facts.ok());
  CHECK(facts.error().code == Errc::kLimit);

  facts = unpack(TarBuilder().file("f", std::string(2'000'000, 'x')).finish(), dir.make("large"),
                 {.bytes_max = 1'000'000});
  REQUIRE_FALSE(facts.ok());
  CHECK(facts.error().code == Errc::kLimit);

  facts = unpack(TarBuilder().file("f", "x").finish(), dir.make("full"),
                 {.free_bytes_min = uint64_t{1} << 60});
  REQUIRE_FALSE(facts.ok());
  CHECK(facts.error().code == Errc::kLimit);
  CHECK(facts.error().message.find("full") != std::string::npos);
}

TEST_CASE(
    "a tar that is cut anywhere is an error or a whole number of entries, never half a file") {
  if (!is_root()) return;
  TarBuilder builder;
  for (int i = 0; i < 8; ++i) builder.file("f" + std::to_string(i), std::string(1000, 'x'));
  const std::string tar = builder.finish();
  for (size_t cut = 0; cut < tar.size(); cut += 97) {
    CAPTURE(cut);
    TempDir dir;
    const auto facts = unpack(tar.substr(0, cut), dir.path());
    if (!facts.ok()) continue;
    for (const auto& file : std::filesystem::directory_iterator(dir.path()))
      CHECK(file.file_size() == 1000);
  }
}

}  // namespace es::images
