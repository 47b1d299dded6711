#include "platform/linux/runtime/user_database.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>

#include "platform/linux/cgroup/small_file.h"

namespace es::runtime {

namespace {

constexpr size_t kDatabaseBytesMax = 1 << 20;
constexpr uint32_t kIdMax = (uint32_t{1} << 31) - 1;  // Docker's bound

std::optional<uint32_t> parse_id(std::string_view text) {
  uint32_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id > kIdMax) return std::nullopt;
  return id;
}

// Cuts the part up to `separator` off the front of `text`.
std::string_view take(std::string_view& text, char separator) {
  const size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

// passwd(5) "name:password:uid:gid:gecos:home:shell" and group(5) "name:password:gid:members" agree
// in the first three.
struct Entry {
  std::string_view name;
  uint32_t id = 0;
  std::string_view rest;
};

// Calls visit(entry) for each line that is well formed, until it returns true.
template <class Visit>
void each_entry(std::string_view database, Visit visit) {
  while (!database.empty()) {
    std::string_view line = take(database, '\n');
    Entry entry;
    entry.name = take(line, ':');
    take(line, ':');
    const auto id = parse_id(take(line, ':'));
    if (!id || entry.name.empty()) continue;
    entry.id = *id;
    entry.rest = line;
    if (visit(entry)) return;
  }
}

std::optional<Entry> find_entry(std::string_view database, std::string_view wanted) {
  const auto number = parse_id(wanted);
  std::optional<Entry> found;
  each_entry(database, [&](const Entry& entry) {
    if (entry.name != wanted && !(number && entry.id == *number)) return false;
    found = entry;
    return true;
  });
  return found;
}

bool has_member(std::string_view members, std::string_view name) {
  while (!members.empty()) {
    if (take(members, ',') == name) return true;
  }
  return false;
}

Result<uint32_t> group_id(std::string_view wanted, std::string_view database) {
  if (const auto entry = find_entry(database, wanted)) return entry->id;
  if (const auto number = parse_id(wanted)) return *number;
  return invalid("unable to find group " + std::string(wanted) +
                 ": no matching entries in group file");
}

}  // namespace

Result<ContainerUser> resolve_user(std::string_view user, const std::vector<std::string>& groups,
                                   std::string_view passwd, std::string_view group) {
  std::string_view user_part = take(user, ':');
  const std::string_view group_part = user;
  if (user_part.empty()) user_part = "0";

  ContainerUser result;
  std::string_view name;
  if (const auto entry = find_entry(passwd, user_part)) {
    std::string_view rest = entry->rest;
    name = entry->name;
    result.uid = entry->id;
    result.gid = parse_id(take(rest, ':')).value_or(0);
    take(rest, ':');
    if (const std::string_view home = take(rest, ':'); !home.empty())
      result.home = std::string(home);
  } else if (const auto number = parse_id(user_part)) {
    result.uid = *number;
  } else {
    return invalid("unable to find user " + std::string(user_part) +
                   ": no matching entries in passwd file");
  }

  if (!group_part.empty()) {
    ES_TRY(result.gid, group_id(group_part, group));
  } else if (!name.empty()) {
    each_entry(group, [&](const Entry& entry) {
      if (has_member(entry.rest, name)) result.additional_gids.push_back(entry.id);
      return false;
    });
  }
  for (const std::string& extra : groups) {
    ES_TRY(const uint32_t gid, group_id(extra, group));
    result.additional_gids.push_back(gid);
  }
  auto& gids = result.additional_gids;
  std::sort(gids.begin(), gids.end());
  gids.erase(std::unique(gids.begin(), gids.end()), gids.end());
  return result;
}

Result<std::string> read_file_in_root(const std::string& rootfs, const char* path) {
  const int root = open(rootfs.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) return cgroup::system_error("cannot open the root file system", rootfs);
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;  // a FIFO or a device must not hold the daemon
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const int fd = static_cast<int>(syscall(SYS_openat2, root, path, &how, sizeof how));
  const int open_error = errno;
  close(root);
  if (fd < 0) {
    errno = open_error;
    if (errno == ENOENT || errno == ENOTDIR) return std::string();
    return cgroup::system_error("cannot open", rootfs + path);
  }
  struct stat facts {};
  std::string text;
  if (fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode)) {
    text.resize(std::min(static_cast<size_t>(facts.st_size), kDatabaseBytesMax));
    const ssize_t n = read(fd, text.data(), text.size());
    text.resize(n > 0 ? static_cast<size_t>(n) : 0);
  }
  close(fd);
  return text;
}

Result<ContainerUser> resolve_user_in(const std::string& rootfs, std::string_view user,
                                      const std::vector<std::string>& groups) {
  ES_TRY(const std::string passwd, read_file_in_root(rootfs, "/etc/passwd"));
  ES_TRY(const std::string group, read_file_in_root(rootfs, "/etc/group"));
  return resolve_user(user, groups, passwd, group);
}

}  // namespace es::runtime
