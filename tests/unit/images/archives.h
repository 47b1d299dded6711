#pragma once
// Image archives as docker save and the OCI tools write them, and wrong ones.

#include <string>
#include <vector>

#include "platform/linux/images/layer_store.h"
#include "tests/unit/linux_images/compress.h"
#include "tests/unit/linux_images/tar_builder.h"

namespace es::images {

struct TestImage {
  std::string name = "busybox:latest";
  std::string architecture = "amd64";
  std::string variant = {};
  std::vector<std::string> layers = {
      TarBuilder().file("bin/sh", "shell", 0755).file("etc/passwd", "root").finish()};
  std::string more_config =
      R"("Env":["PATH=/bin"],"Cmd":["sh"],"WorkingDir":"/root","User":"1000:100","StopSignal":"SIGINT",
      "ExposedPorts":{"80/tcp":{}},"Volumes":{"/data":{}},"Labels":{"who":"me"})";

  std::string config() const {
    std::string ids;
    for (const std::string& layer : layers)
      ids += (ids.empty() ? "\"" : ",\"") + digest_of(layer) + "\"";
    return R"({"created":"2026-01-02T03:04:05Z","architecture":")" + architecture +
           R"(","os":"linux","variant":")" + variant + R"(","config":{)" + more_config +
           R"(},"rootfs":{"type":"layers","diff_ids":[)" + ids + "]}}";
  }
};

inline std::string hex(const std::string& digest) { return digest.substr(7); }

// `docker save` up to version 24: the manifest at the end, layers uncompressed.
inline std::string docker_archive(const TestImage& image, Pack pack = as_is) {
  TarBuilder tar;
  std::string layers;
  for (const std::string& layer : image.layers) {
    const std::string path = hex(digest_of(layer)) + "/layer.tar";
    tar.file(hex(digest_of(layer)) + "/VERSION", "1.0").file(path, pack(layer));
    layers += (layers.empty() ? "\"" : ",\"") + path + "\"";
  }
  const std::string config = hex(digest_of(image.config())) + ".json";
  tar.file(config, image.config());
  tar.file("manifest.json", R"([{"Config":")" + config + R"(","RepoTags":[")" + image.name +
                                R"("],"Layers":[)" + layers + "]}]");
  tar.file("repositories", "{}");
  return tar.finish();
}

inline std::string descriptor(const std::string& type, const std::string& bytes,
                              const std::string& more = {}) {
  return R"({"mediaType":"application/vnd.oci.image.)" + type + R"(","digest":")" +
         digest_of(bytes) + R"(","size":)" + std::to_string(bytes.size()) + more + "}";
}

inline void add_blob(TarBuilder& tar, const std::string& bytes) {
  tar.file("blobs/sha256/" + hex(digest_of(bytes)), bytes);
}

// Adds the image's blobs; returns its manifest.
inline std::string add_oci_image(TarBuilder& tar, const TestImage& image, Pack pack) {
  std::string layers;
  for (const std::string& layer : image.layers) {
    add_blob(tar, pack(layer));
    layers += (layers.empty() ? "" : ",") + descriptor("layer.v1.tar", pack(layer));
  }
  const std::string manifest = R"({"schemaVersion":2,"config":)" +
                               descriptor("config.v1+json", image.config()) + R"(,"layers":[)" +
                               layers + "]}";
  add_blob(tar, image.config());
  add_blob(tar, manifest);
  return manifest;
}

// One image for several platforms, as buildx writes it: index.json, an index with an attestation
// besides, manifests.
inline std::string oci_archive(const std::vector<TestImage>& platforms, Pack pack = as_is) {
  TarBuilder tar;
  tar.file("oci-layout", R"({"imageLayoutVersion":"1.0.0"})")
      .folder("blobs")
      .folder("blobs/sha256");
  std::string manifests = descriptor(
      "manifest.v1+json", "attestation",
      R"(,"platform":{"architecture":"unknown","os":"unknown"},"annotations":{"vnd.docker.reference.type":"attestation-manifest"})");
  for (const TestImage& image : platforms) {
    const std::string manifest = add_oci_image(tar, image, pack);
    manifests +=
        "," + descriptor("manifest.v1+json", manifest,
                         R"(,"platform":{"os":"linux","architecture":")" + image.architecture +
                             R"(","variant":")" + image.variant + "\"}");
  }
  const std::string index = R"({"schemaVersion":2,"manifests":[)" + manifests + "]}";
  add_blob(tar, index);
  tar.file("index.json",
           R"({"schemaVersion":2,"manifests":[)" +
               descriptor("index.v1+json", index,
                          R"(,"annotations":{"io.containerd.image.name":"docker.io/library/)" +
                              platforms.front().name + "\"}") +
               "]}");
  return tar.finish();
}

}  // namespace es::images
