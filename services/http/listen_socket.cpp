#include "services/http/listen_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace es::http {

namespace {

constexpr int kBacklog = 128;
constexpr mode_t kSocketMode = 0660;

Error os_error(const std::string& what) { return {Errc::kIo, what + ": " + std::strerror(errno)}; }

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return invalid("the socket's path must have 1 to 107 characters: " + path);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

// The temporary name and the descriptor, both undone unless the socket gets its real name.
struct Pending {
  int descriptor;
  std::string path;
  bool done = false;
  ~Pending() {
    if (done) return;
    ::close(descriptor);
    ::unlink(path.c_str());
  }
};

}  // namespace

Result<int> listen_unix(const std::string& path, std::optional<gid_t> group) {
  if (auto other = connect_unix(path); other.ok()) {
    ::close(*other);
    return Error{Errc::kConflict, "another daemon answers at " + path};
  }
  // Bound under another name first: bind() gives the file its mode by umask, and only rename() is atomic.
  const std::string pending_path = path + ".new";
  ES_TRY(const sockaddr_un address, address_of(pending_path));
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return os_error("cannot make a unix socket");
  ::unlink(pending_path.c_str());
  Pending pending{descriptor, pending_path};
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return os_error("cannot make the socket " + path);
  }
  // Nobody can connect before listen(), so the mode of the first moment opens nothing.
  if (::chmod(pending_path.c_str(), kSocketMode) != 0) return os_error("cannot set the mode of " + path);
  if (group && ::chown(pending_path.c_str(), static_cast<uid_t>(-1), *group) != 0) {
    return os_error("cannot give " + path + " to its group");
  }
  if (::listen(descriptor, kBacklog) != 0) return os_error("cannot listen on " + path);
  if (::rename(pending_path.c_str(), path.c_str()) != 0) return os_error("cannot make the socket " + path);
  pending.done = true;
  return descriptor;
}

Result<int> connect_unix(const std::string& path) {
  ES_TRY(const sockaddr_un address, address_of(path));
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return os_error("cannot make a unix socket");
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return descriptor;
  const Error error = unavailable("cannot reach " + path + ": " + std::strerror(errno));
  ::close(descriptor);
  return error;
}

}  // namespace es::http
