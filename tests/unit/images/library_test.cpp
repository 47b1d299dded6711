// Archives in, images out: the formats that there are, and the damage that they come with.

#include <doctest.h>

#include "services/images/image_library.h"
#include "tests/unit/images/archives.h"
#include "tests/unit/linux_images/temp_dir.h"

namespace es::images {

namespace {

const Platform kNode{"amd64", "linux", ""};

struct Library {
  TempDir dir;
  ImageLibrary library;

  explicit Library(const ArchiveLimits& limits = {}, const Platform& node = kNode)
      : library(open(dir.path(), limits, node)) {}
  static ImageLibrary open(const std::string& dir, const ArchiveLimits& limits,
                           const Platform& node) {
    auto opened = ImageLibrary::open(dir + "/images", node, limits);
    REQUIRE_MESSAGE(opened.ok(), opened.error().message);
    return std::move(opened).value();
  }
  void reopen() { library = open(dir.path(), {}, kNode); }
  Result<std::vector<std::string>> load(const std::string& archive) {
    TextSource source(archive);
    return library.load(source);
  }
  std::string images_dir() const { return dir.path() + "/images"; }
};

size_t entries_in(const std::string& dir) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(dir), {}));
}

std::string cannot_load(const std::string& archive) {
  Library store;
  const auto loaded = store.load(archive);
  CHECK_FALSE(loaded.ok());
  CHECK(store.library.images().empty());
  CHECK(entries_in(store.images_dir() + "/layers") == 0);
  CHECK(entries_in(store.images_dir() + "/temporary") == 0);
  CHECK(entries_in(store.images_dir() + "/blobs/sha256") == 0);
  return loaded.ok() ? "" : loaded.error().message;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != text.npos);
  return text.replace(at, from.size(), to);
}

// The archive's tar with other bytes at a place that no header is at.
std::string docker_archive_with_manifest(const TestImage& image, const std::string& manifest) {
  TarBuilder tar;
  for (const std::string& layer : image.layers)
    tar.file(hex(digest_of(layer)) + "/layer.tar", layer);
  tar.file(hex(digest_of(image.config())) + ".json", image.config())
      .file("manifest.json", manifest);
  return tar.finish();
}

}  // namespace

TEST_CASE("docker save and OCI archives load, however they are packed") {
  if (!is_root()) return;
  const TestImage image;
  for (const Pack outside : {as_is, gzip, zstd}) {
    for (const Pack inside : {as_is, gzip, zstd}) {
      for (const std::string& archive :
           {docker_archive(image, inside), oci_archive({image}, inside)}) {
        Library store;
        const auto loaded = store.load(outside(archive));
        REQUIRE_MESSAGE(loaded.ok(), loaded.error().message);
        CHECK(*loaded == std::vector<std::string>{"busybox:latest"});
        store.reopen();
        REQUIRE(store.library.images().size() == 1);
        const ports::Image& found = store.library.images()[0];
        CHECK(found.id == digest_of(image.config()));
        CHECK(found.tags == *loaded);
        CHECK(found.layers == std::vector<std::string>{digest_of(image.layers[0])});
        CHECK(found.size_bytes == 9);
        CHECK(found.platform == kNode);
        CHECK(found.created_at.ns == 1'767'323'045'000'000'000);
        CHECK(found.config.env == std::vector<std::string>{"PATH=/bin"});
        CHECK(found.config.command == std::vector<std::string>{"sh"});
        CHECK(found.config.dir == "/root");
        CHECK(found.config.user == "1000:100");
        CHECK(found.config.stop_signal == "SIGINT");
        CHECK(found.config.exposed_ports == std::vector<std::string>{"80/tcp"});
        CHECK(found.config.volumes == std::vector<std::string>{"/data"});
        CHECK(found.config.labels == Labels{{"who", "me"}});
        const std::string layer =
            store.library.layers().layers_dir() + "/" + LayerStore::layer_name(found.layers[0]);
        CHECK(read_file(layer + "/bin/sh") == "shell");
        CHECK(entries_in(store.images_dir() + "/blobs/sha256") == 1);  // the configuration
      }
    }
  }
}

TEST_CASE("a layer that docker save wrote once and linked twice") {
  if (!is_root()) return;
  const TestImage image;
  const std::string layer = image.layers[0];
  TestImage twice;
  twice.layers = {layer, layer};
  const std::string manifest =
      R"([{"Config":"c.json","RepoTags":null,"Layers":["a/layer.tar","b/layer.tar"]}])";
  for (const char type : {'1', '2'}) {
    TarBuilder tar;
    tar.file("a/layer.tar", layer);
    tar.add({.name = "b/layer.tar",
             .type = type,
             .target = type == '1' ? "a/layer.tar" : "../a/layer.tar"});
    tar.file("c.json", twice.config()).file("manifest.json", manifest);
    Library store;
    const auto loaded = store.load(tar.finish());
    REQUIRE_MESSAGE(loaded.ok(), loaded.error().message);
    CHECK(*loaded ==
          std::vector<std::string>{digest_of(twice.config())});  // without a name: the id
    CHECK(store.library.images()[0].layers.size() == 2);
  }
}

TEST_CASE("of an image for several platforms the node's is loaded") {
  if (!is_root()) return;
  struct Case {
    Platform node;
    const char* expected;  // of the layer's content; empty: none
  };
  const Case cases[] = {
      {{"amd64", "linux", ""}, "amd64"},   {{"arm64", "linux", ""}, "arm64"},
      {{"arm64", "linux", "v8"}, "arm64"}, {{"arm", "linux", "v7"}, "armv7"},
      {{"arm", "linux", "v6"}, "armv6"},   {{"arm", "linux", "v5"}, ""},
      {{"riscv64", "linux", ""}, ""},      {{"amd64", "windows", ""}, ""},
  };
  std::vector<TestImage> platforms;
  for (const auto& [architecture, variant] :
       {std::pair{"arm64", "v8"}, {"arm", "v6"}, {"amd64", ""}, {"arm", "v7"}}) {
    TestImage image;
    image.architecture = architecture;
    image.variant = variant;
    image.layers = {
        TarBuilder()
            .file("which", std::string(architecture) + (image.architecture == "arm" ? variant : ""))
            .finish()};
    platforms.push_back(image);
  }
  const std::string archive = oci_archive(platforms);
  for (const Case& one : cases) {
    CAPTURE(one.node.architecture + one.node.variant);
    Library store({}, one.node);
    const auto loaded = store.load(archive);
    REQUIRE(loaded.ok() == (std::string(one.expected) != ""));
    if (!loaded.ok()) {
      CHECK(contains(loaded.error().message,
                     "no image for " + one.node.os + "/" + one.node.architecture));
      CHECK(contains(loaded.error().message, "linux/arm/v6"));
      continue;
    }
    const auto& layers = store.library.layers();
    CHECK(entries_in(layers.layers_dir()) == 1);
    CHECK(read_file(layers.layers_dir() + "/" +
                    LayerStore::layer_name(store.library.images()[0].layers[0]) + "/which") ==
          one.expected);
  }
  // An archive for one platform alone is loaded as it is: the scheduler refuses to place it.
  TestImage foreign;
  foreign.architecture = "s390x";
  Library store;
  CHECK(store.load(oci_archive({foreign})).ok());
  CHECK(store.library.images()[0].platform.architecture == "s390x");
}

TEST_CASE("names move, images without names stay, and what nobody needs goes") {
  if (!is_root()) return;
  Library store;
  const std::string shared = TarBuilder().file("shared", "s").finish();
  TestImage first;
  first.layers = {shared, TarBuilder().file("first", "1").finish()};
  TestImage second;
  second.layers = {shared, TarBuilder().file("second", "2").finish()};
  REQUIRE(store.load(docker_archive(first)).ok());
  REQUIRE(store.load(docker_archive(first)).ok());  // again: nothing new
  CHECK(store.library.images().size() == 1);
  REQUIRE(store.load(docker_archive(second)).ok());
  REQUIRE(store.library.images().size() == 2);
  CHECK(store.library.images()[0].tags.empty());
  CHECK(store.library.images()[1].tags == std::vector<std::string>{"busybox:latest"});
  const std::string layers = store.library.layers().layers_dir();
  CHECK(entries_in(layers) == 3);

  CHECK(store.library.remove(digest_of(first.config())).ok());
  CHECK(entries_in(layers) == 2);
  CHECK(store.library.untag("busybox:latest").ok());
  CHECK(store.library.images()[0].tags.empty());
  CHECK(store.library.remove(digest_of(second.config())).ok());
  CHECK(entries_in(layers) == 0);
  CHECK(entries_in(store.images_dir() + "/blobs/sha256") == 0);
  store.reopen();
  CHECK(store.library.images().empty());
}

TEST_CASE("blobs of layers are kept where they are wanted") {
  if (!is_root()) return;
  Library store({.keep_blobs = true});
  const TestImage image;
  REQUIRE(store.load(oci_archive({image}, gzip)).ok());
  CHECK(store.library.layers().blob(digest_of(gzip(image.layers[0])), 1 << 20).value_or("") ==
        gzip(image.layers[0]));
  store.reopen();
  CHECK(entries_in(store.images_dir() + "/blobs/sha256") == 2);
  CHECK(store.library.remove(digest_of(image.config())).ok());
  CHECK(entries_in(store.images_dir() + "/blobs/sha256") == 0);
}

TEST_CASE("wrong archives are refused, and nothing is changed") {
  if (!is_root()) return;
  const TestImage image;
  const std::string config = hex(digest_of(image.config())) + ".json";
  const std::string layer = hex(digest_of(image.layers[0])) + "/layer.tar";
  const auto with = [&](const std::string& manifest) {
    return cannot_load(docker_archive_with_manifest(image, manifest));
  };
  const auto manifest = [](const std::string& config_path, const std::string& layers) {
    return R"([{"Config":")" + config_path + R"(","RepoTags":["a:b"],"Layers":[)" + layers + "]}]";
  };

  CHECK(contains(cannot_load(""), "archive"));
  CHECK(contains(cannot_load("no archive at all"), "archive"));
  CHECK(contains(cannot_load(TarBuilder().file("f", "x").finish()), "neither manifest.json"));
  CHECK(contains(with("["), "JSON"));
  CHECK(contains(with("{}"), "list of images"));
  CHECK(contains(with("[]"), "list of images"));
  CHECK(contains(with("[1]"), "configuration"));
  CHECK(contains(with(R"([{"Config":7}])"), "\"Config\" is not a text"));
  CHECK(contains(with(manifest("nowhere.json", "")), "no configuration \"nowhere.json\""));
  CHECK(contains(with(manifest("../../etc/passwd", "")), "\"..\""));
  CHECK(contains(with(manifest(config, R"("nowhere.tar")")), "no layer \"nowhere.tar\""));
  CHECK(contains(with(manifest(config, "")), "names 0 layers"));
  CHECK(contains(with(manifest(config, "\"" + layer + "\",\"" + layer + "\"")), "names 2 layers"));
  CHECK(contains(with(replaced(manifest(config, "\"" + layer + "\""), "a:b", "A B")),
                 "not the name of an image"));

  TestImage lies = image;
  lies.layers = {TarBuilder().file("another", "layer").finish()};
  TarBuilder wrong_diff_id;
  wrong_diff_id.file("c.json", lies.config())
      .file("l.tar", image.layers[0])
      .file("manifest.json", manifest("c.json", R"("l.tar")"));
  CHECK(contains(cannot_load(wrong_diff_id.finish()), "does not have the digest"));
  TarBuilder wrong_name;
  wrong_name.file(config, image.config() + " ")
      .file(layer, image.layers[0])
      .file("manifest.json", manifest(config, "\"" + layer + "\""));
  CHECK(contains(cannot_load(wrong_name.finish()), "digest of its name"));

  const std::string oci = oci_archive({image});
  const auto broken_oci = [&](const std::string& from, const std::string& to) {
    return cannot_load(replaced(oci, from, to));
  };
  CHECK(contains(broken_oci("\"PATH=/bin\"", "\"PATH=/usr\""), "another digest"));
  CHECK(contains(broken_oci("shell", "SHELL"), "does not have the digest"));
  TestImage few = image;
  few.more_config += ",\"Env\":7";
  CHECK(contains(cannot_load(oci_archive({few})), "\"Env\" is not a list of texts"));
}

TEST_CASE("huge, deep and endless documents are refused") {
  if (!is_root()) return;
  CHECK(contains(
      cannot_load(TarBuilder().file("manifest.json", "[" + std::string(5 << 20, ' ')).finish()),
      "4194304 bytes"));
  CHECK(
      contains(cannot_load(TarBuilder().file("manifest.json", std::string(100'000, '[')).finish()),
               "nested"));
  TarBuilder many;
  for (int i = 0; i < 5000; ++i) many.file("f" + std::to_string(i) + ".json", "{}");
  CHECK(contains(cannot_load(many.finish()), "too many files"));
  TarBuilder heavy;
  for (int i = 0; i < 6; ++i)
    heavy.file("f" + std::to_string(i) + ".json", "{" + std::string(3 << 20, ' '));
  CHECK(contains(cannot_load(heavy.finish()), "too many bytes"));
  TarBuilder circle;
  circle.symlink("a", "b").symlink("b", "a").file("manifest.json", R"([{"Config":"a"}])");
  CHECK(contains(cannot_load(circle.finish()), "circle"));
  TestImage tall;
  tall.layers.assign(200, tall.layers[0]);
  CHECK(contains(cannot_load(docker_archive(tall)), "twice"));
  TarBuilder itself;
  const std::string index =
      R"({"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:)" +
      std::string(64, '0') + "\"}]}";
  itself.file("index.json", index).file("blobs/sha256/" + std::string(64, '0'), index);
  CHECK(contains(cannot_load(itself.finish()), "another digest"));
}

TEST_CASE("hostile layers inside of archives are refused, and the name of the layer is told") {
  if (!is_root()) return;
  TestImage image;
  image.layers = {TarBuilder().symlink("out", "/tmp").file("out/es-images-victim", "x").finish()};
  for (const std::string& archive : {docker_archive(image), oci_archive({image}, gzip)}) {
    CHECK(contains(cannot_load(archive), "symbolic link"));
    CHECK_FALSE(std::filesystem::exists("/tmp/es-images-victim"));
  }
  // Behind the end of its tar a layer goes on with zeros.
  const Pack bomb = [](const std::string& layer) {
    std::string packed = gzip(layer);
    for (int i = 0; i < 100; ++i) packed += gzip(std::string(1 << 20, '\0'));
    return packed;
  };
  CHECK(contains(cannot_load(oci_archive({TestImage()}, bomb)), "times its size"));
}

TEST_CASE("an archive that is cut off at any fiftieth is refused") {
  if (!is_root()) return;
  const TestImage image;
  for (const std::string& archive : {docker_archive(image), oci_archive({image}, gzip),
                                     gzip(docker_archive(image)), zstd(oci_archive({image}))}) {
    for (size_t part = 0; part < 50; ++part) {
      const size_t length = archive.size() * part / 50;
      // The end of a tar is two empty blocks, and much more may follow or be missing there.
      TarBuilder whole;
      Library store;
      const auto loaded = store.load(archive.substr(0, length));
      if (loaded.ok())
        CHECK(store.library.images()[0].id == digest_of(image.config()));
      else
        CHECK(store.library.images().empty());
      if (part < 40) CHECK_FALSE(loaded.ok());
      CHECK(entries_in(store.images_dir() + "/temporary") == 0);
    }
  }
}

TEST_CASE("what has rotted is told, and the rest goes on") {
  if (!is_root()) return;
  Library store;
  TestImage other;
  other.name = "other:1";
  other.more_config = "\"Cmd\":[\"other\"]";
  REQUIRE(store.load(docker_archive(TestImage())).ok());
  REQUIRE(store.load(docker_archive(other)).ok());
  std::ofstream(store.images_dir() + "/blobs/sha256/" + hex(digest_of(other.config())),
                std::ios::app)
      << "rot";
  store.reopen();
  REQUIRE(store.library.images().size() == 1);
  CHECK(store.library.images()[0].tags[0] == "busybox:latest");
  REQUIRE(store.library.warnings().size() == 1);
  CHECK(contains(store.library.warnings()[0], "damaged"));

  std::ofstream(store.images_dir() + "/index", std::ios::app) << "rot";
  store.reopen();
  CHECK(store.library.images().empty());
  CHECK(contains(store.library.warnings()[0], "index"));
  CHECK(std::filesystem::exists(store.images_dir() + "/index.damaged"));
  CHECK(store.load(docker_archive(TestImage())).ok());
}

}  // namespace es::images
