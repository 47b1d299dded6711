// Root file systems: real overlayfs mounts over layers that were unpacked from archives.

#include <doctest.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <functional>
#include <thread>

#include "platform/linux/files/remove_tree.h"
#include "platform/linux/images/layer_store.h"
#include "platform/linux/images/layer_unpacker.h"
#include "platform/linux/images/overlay.h"
#include "platform/linux/images/rooted_dir.h"
#include "tests/unit/linux_images/tar_builder.h"
#include "tests/unit/linux_images/temp_dir.h"

namespace es::images {

namespace {

constexpr TaskId kTask{{1, 2}};

// mount() changes its thread's working directory.
void on_own_thread(const std::function<void()>& work) { std::thread(work).join(); }

struct Layers {
  TempDir dir;
  std::vector<std::string> names;

  std::string path() const { return dir.path() + "/layers"; }
  void add(const TarBuilder& tar) {
    names.push_back("layer" + std::to_string(names.size()));
    const std::string folder = dir.make("layers/" + names.back());
    TextSource source(tar.finish());
    const auto facts = unpack_layer(source, folder, {});
    REQUIRE_MESSAGE(facts.ok(), facts.error().message);
  }
};

}  // namespace

TEST_CASE("layers lie over each other as the image says") {
  if (!is_root()) return;
  Layers layers;
  layers.add(TarBuilder()
                 .file("a/deleted", "1")
                 .file("a/stays", "1")
                 .file("b/old", "1")
                 .file("changed", "1")
                 .file("f", "1"));
  layers.add(TarBuilder()
                 .file("a/.wh.deleted", "")
                 .file("b/.wh..wh..opq", "")
                 .file("b/new", "2")
                 .file("changed", "2"));
  layers.add(TarBuilder().file(".wh.f", "").folder("f").file("f/inside", "3"));
  on_own_thread([&] {
    auto overlay = Overlay::open(layers.dir.path() + "/mounts", layers.path());
    REQUIRE(overlay.ok());
    const auto root = overlay->mount(kTask, "sha256:image", layers.names);
    REQUIRE_MESSAGE(root.ok(), root.error().message);
    const auto there = [&](const std::string& path) {
      return std::filesystem::exists(*root + path);
    };
    CHECK_FALSE(there("/a/deleted"));
    CHECK(there("/a/stays"));
    CHECK_FALSE(there("/b/old"));
    CHECK(there("/b/new"));
    CHECK(read_file(*root + "/changed") == "2");
    CHECK(there("/f/inside"));
    std::ofstream(*root + "/written") << "by the task";
    CHECK(overlay->mount(kTask, "sha256:image", layers.names).value_or("") == *root);
    CHECK(read_file(*root + "/written") == "by the task");
    CHECK(overlay->tasks() == std::map<TaskId, std::string>{{kTask, "sha256:image"}});

    CHECK(overlay->unmount(kTask).ok());
    CHECK(overlay->unmount(kTask).ok());
    CHECK(overlay->tasks().empty());
    CHECK_FALSE(there(""));
    CHECK(std::filesystem::exists(layers.path() + "/layer0/a/deleted"));
    CHECK_FALSE(std::filesystem::exists(layers.path() + "/layer2/written"));
  });
}

TEST_CASE("images without layers, with one layer twice, and with 128") {
  if (!is_root()) return;
  Layers layers;
  for (int i = 0; i < 128; ++i)
    layers.add(TarBuilder().file("f", std::to_string(i)).file("f" + std::to_string(i), "x"));
  // As long as the names that the store gives.
  std::vector<std::string> names;
  for (const std::string& name : layers.names) {
    names.push_back(LayerStore::layer_name(digest_of(name)));
    std::filesystem::rename(layers.path() + "/" + name, layers.path() + "/" + names.back());
  }
  on_own_thread([&] {
    auto overlay = Overlay::open(layers.dir.path() + "/mounts", layers.path());
    REQUIRE(overlay.ok());
    for (const auto& [many, expected] :
         {std::pair{names, "127"}, {{}, ""}, {{names[0], names[1], names[0]}, "0"}}) {
      const auto root = overlay->mount(kTask, "sha256:image", many);
      REQUIRE_MESSAGE(root.ok(), root.error().message);
      CHECK(read_file(*root + "/f") == expected);
      CHECK(overlay->unmount(kTask).ok());
    }
  });
}

TEST_CASE("a mount that fails says why") {
  if (!is_root()) return;
  Layers layers;
  layers.add(TarBuilder().file("f", "x"));
  on_own_thread([&] {
    auto overlay = Overlay::open(layers.dir.path() + "/mounts", layers.path());
    REQUIRE(overlay.ok());
    const auto root = overlay->mount(kTask, "sha256:image", {"not-there"});
    REQUIRE_FALSE(root.ok());
    CHECK(root.error().message.find("No such file") != std::string::npos);
    CHECK(overlay->unmount(kTask).ok());
    std::vector<std::string> too_many(3000, "");
    for (size_t i = 0; i < too_many.size(); ++i) too_many[i] = std::to_string(i);
    CHECK(overlay->mount(kTask, "sha256:image", too_many).error().code == Errc::kLimit);
    CHECK(overlay->unmount(kTask).ok());
  });
}

TEST_CASE("a tree of any depth is removed, and links are not followed") {
  TempDir dir;
  const std::string victim = dir.make("victim");
  std::ofstream(victim + "/file") << "stays";
  const std::string tree = dir.make("tree");
  std::filesystem::create_symlink(victim, tree + "/link");
  FileHandle at(open(tree.c_str(), O_RDONLY | O_DIRECTORY));
  for (int depth = 0; depth < 10'000; ++depth) {
    REQUIRE(mkdirat(at.get(), "d", 0700) == 0);
    REQUIRE(mkdirat(at.get(), "e", 0700) == 0);
    close(openat(at.get(), "f", O_CREAT | O_WRONLY, 0600));
    at = FileHandle(openat(at.get(), "d", O_RDONLY | O_DIRECTORY));
  }
  const FileHandle parent(open(dir.path().c_str(), O_RDONLY | O_DIRECTORY));
  const Status removed = files::remove_tree(parent.get(), "tree");
  CHECK_MESSAGE(removed.ok(), removed.error().message);
  CHECK(count_files(dir.path()) == 2);
  CHECK(read_file(victim + "/file") == "stays");
  CHECK(files::remove_tree(parent.get(), "tree").ok());
}

}  // namespace es::images
