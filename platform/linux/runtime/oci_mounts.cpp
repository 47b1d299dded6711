#include "platform/linux/runtime/oci_mounts.h"

#include <algorithm>

namespace es::runtime {

namespace {

using Texts = std::vector<std::string>;

void write_mount(JsonWriter& out, std::string_view type, std::string_view source,
                 std::string_view target, const Texts& options) {
  out.begin_object();
  out.member("destination", target);
  out.member("type", type);
  out.member("source", source);
  out.member_texts("options", options);
  out.end_object();
}

void write_docker_mounts(JsonWriter& out, const BundleFacts& facts) {
  write_mount(out, "proc", "proc", "/proc", {"nosuid", "noexec", "nodev"});
  write_mount(out, "tmpfs", "tmpfs", "/dev", {"nosuid", "strictatime", "mode=755", "size=65536k"});
  write_mount(out, "devpts", "devpts", "/dev/pts",
              {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"});
  write_mount(out, "sysfs", "sysfs", "/sys", {"nosuid", "noexec", "nodev", "ro"});
  write_mount(out, "cgroup", "cgroup", "/sys/fs/cgroup", {"nosuid", "noexec", "nodev", "ro"});
  write_mount(out, "mqueue", "mqueue", "/dev/mqueue", {"nosuid", "noexec", "nodev"});
  write_mount(out, "tmpfs", "shm", "/dev/shm",
              {"nosuid", "noexec", "nodev", "mode=1777", "size=67108864"});
  for (const std::string name : {"hostname", "hosts", "resolv.conf"}) {
    write_mount(out, "bind", facts.directory + "/" + name, "/etc/" + name, {"rbind", "rprivate"});
  }
}

std::string octal(uint32_t value) {
  std::string text;
  for (; value > 0; value >>= 3) text.insert(text.begin(), static_cast<char>('0' + (value & 7)));
  return text.empty() ? "0" : text;
}

bool leaves_the_root(const std::string& target) {
  return target == ".." || target.starts_with("../") || target.ends_with("/..") ||
         target.find("/../") != std::string::npos;
}

Status write_asked(JsonWriter& out, const Mount& mount, const BundleFacts& facts) {
  if (mount.target.empty() || mount.target[0] != '/' || mount.target == "/" ||
      leaves_the_root(mount.target)) {
    return invalid("invalid mount target \"" + mount.target +
                   "\": it must be an absolute path below /");
  }
  Texts options;
  switch (mount.type) {
    case MountType::kTmpfs:
      options = {"nosuid", "nodev", "noexec", "mode=" + octal(mount.tmpfs_mode & 07777)};
      if (mount.tmpfs_size_bytes > 0)
        options.push_back("size=" + std::to_string(mount.tmpfs_size_bytes));
      if (mount.read_only) options.push_back("ro");
      write_mount(out, "tmpfs", "tmpfs", mount.target, options);
      return {};
    case MountType::kBind:
      options = {"rbind", std::string(to_string(mount.propagation)), mount.read_only ? "ro" : "rw"};
      write_mount(out, "bind", mount.source, mount.target, options);
      return {};
    case MountType::kVolume: {
      ES_TRY(const std::string source, volume_path(facts.volumes_directory, mount.source));
      options = {"rbind", "rprivate", mount.read_only ? "ro" : "rw"};
      write_mount(out, "bind", source, mount.target, options);
      return {};
    }
  }
  return invalid("a mount of an unknown type");
}

}  // namespace

Result<std::string> volume_path(const std::string& volumes_directory, const std::string& name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  const bool good = name.size() >= 2 && name.size() <= 255 && plain(name[0]) &&
                    std::all_of(name.begin(), name.end(), [&](char c) {
                      return plain(c) || c == '_' || c == '.' || c == '-';
                    });
  if (!good) {
    return invalid("invalid volume name \"" + name +
                   "\": only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
  }
  return volumes_directory + "/" + name + "/_data";
}

Status write_mounts(JsonWriter& out, const ports::ContainerConfig& config,
                    const BundleFacts& facts) {
  std::vector<Mount> mounts = config.mounts;
  const auto depth = [](const Mount& mount) {
    return std::count(mount.target.begin(), mount.target.end(), '/');
  };
  std::stable_sort(mounts.begin(), mounts.end(),
                   [&](const Mount& a, const Mount& b) { return depth(a) < depth(b); });
  out.key("mounts");
  out.begin_array();
  write_docker_mounts(out, facts);
  for (const Mount& mount : mounts) ES_CHECK(write_asked(out, mount, facts));
  out.end_array();
  return {};
}

}  // namespace es::runtime
