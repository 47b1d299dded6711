// Image archives: files, layers' entries, attributes, tags, indexes that name each other.

#include "doctest/doctest.h"
#include "platform/linux/images/archive_reader.h"
#include "platform/linux/images/layer_unpacker.h"
#include "services/images/archive_plan.h"
#include "tests/unit/growth/cost.h"
#include "tests/unit/images/archives.h"
#include "tests/unit/linux_images/temp_dir.h"

namespace es::growth {
namespace {

using images::TarBuilder;
using images::TempDir;
using images::TextSource;

const Platform kNode{"amd64", "linux", ""};

std::string refusal(const std::string& archive) {
  const TempDir dir;
  TextSource source(archive);
  int folders = 0;
  auto contents = images::read_archive(
      source, {}, [&] { return Result<std::string>(dir.make(std::to_string(folders++))); });
  REQUIRE(contents.ok());
  const auto planned = images::plan_images(*contents, kNode);
  return planned.ok() ? std::string() : planned.error().message;
}

TEST_CASE("files of an archive") {
  check_growth("documents and links", 250, 3, [](size_t size) {
    TarBuilder tar;
    for (size_t i = 0; i < size; ++i) {
      tar.file("d" + std::to_string(i) + ".json", "{}");
      tar.symlink("l" + std::to_string(i), "d0.json");
    }
    return [archive = tar.finish()] {
      TextSource source(archive);
      const auto contents = images::read_archive(
          source, {}, [] { return Result<std::string>(Error{Errc::kInvalid, "no layers here"}); });
      REQUIRE(contents.ok());
    };
  });
}

TEST_CASE("entries of a layer") {
  check_growth("files, folders and links", 100, 3, [](size_t size) {
    TarBuilder tar;
    for (size_t i = 0; i < size; ++i) {
      const std::string name = std::to_string(i);
      tar.folder("folder" + name).file("folder" + name + "/file", name);
      tar.symlink("link" + name, "folder0").file("same", name);
    }
    return [layer = tar.finish()] {
      const TempDir dir;
      TextSource source(layer);
      const auto facts = images::unpack_layer(source, dir.path(), {});
      REQUIRE_MESSAGE(facts.ok(), facts.error().message);
    };
  });
}

TEST_CASE("an extended header of a layer") {
  // What libarchive makes of it must not take longer than the file itself either.
  const auto unpacking = [](const std::string& key, const std::string& value) {
    const std::string layer = TarBuilder().pax({{key, value}}).file("file", "x").finish();
    return [layer] {
      const TempDir dir;
      TextSource source(layer);
      (void)images::unpack_layer(source, dir.path(), {});
    };
  };
  check_growth("access control lists", 1'000, 4, [&](size_t size) {
    std::string entries;
    for (size_t i = 0; i < size; ++i) entries += "user:" + std::to_string(i) + ":rwx,";
    return unpacking("SCHILY.acl.access", entries);
  });
  check_growth("maps of a sparse file", 1'000, 4, [&](size_t size) {
    std::string map;
    for (size_t i = 0; i < size; ++i) map += (i == 0 ? "" : ",") + std::to_string(i * 2) + ",1";
    return unpacking("GNU.sparse.map", map);
  });
}

TEST_CASE("names of an image") {
  const auto archive = [](size_t names) {
    images::TestImage image;
    for (size_t i = 0; i < names; ++i) image.name += "\",\"n" + std::to_string(i) + ":1";
    return images::docker_archive(image);
  };
  CHECK(refusal(archive(200)).empty());
  CHECK(refusal(archive(100'000)) == "an image with more than 256 names");
}

// Four indexes, each naming the next one many times: depth alone bounds nothing.
TEST_CASE("indexes that name each other") {
  TarBuilder tar;
  std::string below = R"({"manifests":[]})";
  for (int depth = 0; depth < 4; ++depth) {
    images::add_blob(tar, below);
    std::string manifests;
    for (int i = 0; i < 1'000; ++i) {
      manifests += (i == 0 ? "" : ",") + images::descriptor("index.v1+json", below);
    }
    below = R"({"manifests":[)" + manifests + "]}";
  }
  tar.file("index.json", below);
  const std::string said = refusal(tar.finish());
  CHECK_MESSAGE(said.find("the archive's indexes name") == 0, said);
}

}  // namespace
}  // namespace es::growth
