#include "services/daemon/daemon.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/identity/node_words.h"
#include "platform/linux/board/board.h"
#include "platform/linux/cgroup/small_file.h"
#include "platform/linux/crypto/atomic_file.h"
#include "platform/linux/crypto/random.h"
#include "services/cli/human.h"
#include "services/daemon/control.h"
#include "services/daemon/version.h"

namespace es::daemon {

namespace {

// What other threads may have posted at once: completions of the store, and of images.
constexpr size_t kMailboxCapacity = 65'536;

constexpr Duration kDiskRetry = seconds(5);

// DESIGN D5: allocatable = board total - system reserve - what edgeswarm itself takes.
constexpr int64_t kOwnMemoryBytes = 16 << 20;
constexpr int64_t kSystemReserveMin = 32 << 20;
constexpr int64_t kSystemReserveMax = 256 << 20;

int64_t allocatable_memory(int64_t total_bytes) {
  const int64_t reserve = std::clamp(total_bytes / 8, kSystemReserveMin, kSystemReserveMax);
  return std::max<int64_t>(0, total_bytes - reserve - kOwnMemoryBytes);
}

// A folder that is right is not touched: its disk may take no writes.
Status make_folder(const std::string& path, mode_t mode) {
  ES_CHECK(cgroup::make_folders(path, mode));
  struct stat found = {};
  if (stat(path.c_str(), &found) == 0 && (found.st_mode & 07777) == mode) return {};
  if (chmod(path.c_str(), mode) != 0) {
    return Error{Errc::kIo, "cannot set the mode of " + path + ": " + std::strerror(errno)};
  }
  return {};
}

std::string machine_name() {
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) != 0) return "localhost";
  // What the kernel takes as a name and no cluster does (the kernel takes anything).
  return identity::check_hostname(name).ok() ? name : "board";
}

}  // namespace

Daemon::Daemon(linux_net::Loop& loop, Options options, std::string_view shim)
    : loop_(loop), options_(std::move(options)), shim_(shim) {}

Daemon::~Daemon() {
  server_.reset();
  api_.reset();
  control_.reset();
  joiner_.reset();
  member_.reset();
  store_.reset();
  images_.reset();
  runtime_.reset();
  if (lock_ >= 0) close(lock_);
}

Result<std::unique_ptr<Daemon>> Daemon::start(linux_net::Loop& loop, Options options, std::string_view shim) {
  auto daemon = std::unique_ptr<Daemon>(new Daemon(loop, std::move(options), shim));
  ES_CHECK(daemon->open());
  return daemon;
}

Status Daemon::open() {
  mailbox_ = std::make_unique<linux_net::Mailbox>(loop_, kMailboxCapacity);
  ES_CHECK(make_folders());
  describe();
  ES_CHECK(identity::check_description(description_));
  images::LocalImagesOptions image_options;
  image_options.dir = options_.data_dir + "/images";
  image_options.node = board_.platform;
  image_options.post = poster();
  ES_TRY(images_, images::LocalImages::open(std::move(image_options)));
  for (const std::string& warning : images_->warnings()) warn(warning);
  ES_TRY(const ports::Loaded loaded, load_store());
  if (loaded.lost) {
    warn("rot on the data disk took entries of the log up to " +
         std::to_string(loaded.lost->index) + " (what was found is in " + options_.store_dir() +
         "/rot); this manager does not vote until the others have sent them again");
  }
  ES_CHECK(resume(loaded));
  return open_api();
}

// From what the disk holds, and the containers that run: a start of the daemon, or of a new cluster by force.
Status Daemon::resume(const ports::Loaded& loaded) {
  ES_CHECK(open_runtime());
  std::vector<ports::AdoptedContainer> containers;
  ES_TRY(containers, runtime_->adopt());
  std::set<TaskId> kept;
  for (const ports::AdoptedContainer& one : containers) kept.insert(one.task);
  images_->keep_tasks(kept);

  auto identity = crypto::NodeIdentity::load(options_.data_dir);
  ES_TRY(const auto membership, node::Node::membership_on(loaded));
  if (identity.ok() && membership) {
    ES_CHECK(begin_membership(std::move(identity).value(), loaded, containers));
  } else if (membership) {
    return Error{identity.error().code, "this node is in a swarm, but its identity cannot be used: " + identity.error().message};
  } else {
    for (const ports::AdoptedContainer& one : containers) runtime_->stop(one.task);
  }
  return {};
}

Status Daemon::make_folders() {
  ES_CHECK(make_folder(options_.data_dir, 0700));
  ES_CHECK(make_folder(options_.run_dir, 0755));
  const std::string path = options_.data_dir + "/daemon.lock";
  lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0 && errno == EROFS) lock_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (lock_ < 0) return Error{Errc::kIo, "cannot open " + path + ": " + std::strerror(errno)};
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    return Error{Errc::kConflict, "another edgeswarm daemon uses " + options_.data_dir +
                                      "; give this one a --data-dir and a --run-dir of its own"};
  }
  return {};
}

void Daemon::describe() {
  board_ = board::make_board()->facts();
  description_.hostname = options_.hostname.empty() ? machine_name() : options_.hostname;
  description_.platform = board_.platform;
  description_.engine_version = kVersion;
  description_.engine_labels = options_.engine_labels;
  description_.memory_controller = board_.memory_controller;
  description_.resources.cpu_nano = options_.offered_cpu_nano.value_or(board_.cpu_count * 1'000'000'000);
  description_.resources.memory_bytes = options_.offered_memory_bytes.value_or(allocatable_memory(board_.memory_bytes));
  if (!board_.memory_controller) {
    warn("No memory limit support: the cgroup memory controller is off, so this node offers no memory reservations. " +
         board_.memory_controller_remedy);
  }
}

// A board that was in use waits for its disk, which may be read-only for a while: nobody may be there to start its daemon again.
Result<ports::Loaded> Daemon::load_store() {
  for (std::string told;;) {
    Status opened = open_store();
    auto loaded = opened.ok() ? store_->load() : Result<ports::Loaded>(opened.error());
    if (loaded.ok() || loaded.error().code != Errc::kIo || !store::was_made(options_.store_dir())) return loaded;
    if (std::exchange(told, loaded.error().message) != loaded.error().message) {
      log(told + "; tried again every " + std::to_string(kDiskRetry.ms() / 1'000) + " s");
    }
    loop_.run_until(loop_.now() + kDiskRetry, [] { return false; });
  }
}

Status Daemon::open_store() {
  const std::string key_path = options_.data_dir + "/data.key";
  const bool was_made = store::was_made(options_.store_dir());
  // A store that is gone would be taken for one of a board that never joined: it would end its tasks.
  if (!was_made && crypto::NodeIdentity::exists(options_.data_dir)) {
    return corrupt("this node is in a swarm (" + options_.data_dir + "/node.pem), but its store in " + options_.store_dir() +
                   " is gone: put it back, or remove all of " + options_.data_dir + " and join again");
  }
  auto key = crypto::read_file(key_path, crypto::key_size(crypto::Cipher::kChaCha20Poly1305));
  if (!key.ok() && key.error().code == Errc::kNotFound && !was_made) {
    const std::string fresh = crypto::random_bytes(crypto::key_size(crypto::Cipher::kChaCha20Poly1305));
    ES_CHECK(crypto::write_file_atomically(key_path, fresh, 0600));
    key = crypto::Secret(fresh);
  }
  if (!key.ok()) return std::move(key).error();
  ES_TRY(aead_, crypto::Aead::make(crypto::Cipher::kChaCha20Poly1305, key->view()));
  store::StoreOptions store_options;
  store_options.dir = options_.store_dir();
  store_options.aead = &*aead_;
  store_options.post = poster();
  store_ = std::make_unique<store::SqliteStore>(std::move(store_options));
  return {};
}

Status Daemon::open_runtime() {
  runtime_.reset();
  runtime::RuntimeOptions runtime_options;
  runtime_options.run_directory = options_.run_dir;
  runtime_options.volumes_directory = options_.data_dir + "/volumes";
  runtime_options.engine = options_.runtime;
  runtime_options.shim = shim_;
  runtime_options.cpu_count = board_.cpu_count;
  runtime_options.daemon_memory_bytes = kOwnMemoryBytes;
  runtime_options.log = [this](std::string_view sentence) { warn(std::string(sentence)); };
  ES_TRY(runtime_, runtime::ContainerRuntime::open(loop_.native(), std::move(runtime_options)));
  runtime_->set_listener([this](TaskId task, ports::ContainerEvent event) {
    // A node that has left hears nothing any more: what its tasks leave behind goes here.
    if (member_ && !member_->node().has_left()) member_->driver().container_event(task, std::move(event));
    else if (!std::holds_alternative<ports::ContainerStarted>(event)) {
      runtime_->remove(task);
      images_->unmount(task);
    }
  });
  return {};
}

Status Daemon::open_api() {
  control_ = std::make_unique<Control>(*this);
  api_ = std::make_unique<api::DockerApi>(*control_);
  http::ServerOptions server_options;
  server_options.path = options_.run_dir + "/docker.sock";
  server_options.common_headers = api::DockerApi::common_headers(*control_);
  ES_TRY(server_, http::Server::open(loop_.native(), std::move(server_options), *api_));
  log("the API answers on " + options_.run_dir + "/docker.sock");
  return {};
}

void Daemon::stop(std::function<void()> done) {
  server_->close();
  stopping_ = std::make_unique<linux_net::Timer>(loop_, [this, done = std::move(done)] {
    if (server_->is_closed()) done();
    else stopping_->after(milliseconds(5));
  });
  stopping_->after(milliseconds(0));
}

// Completions must not be lost: a full mailbox makes the poster wait for the loop, which is the only thing that empties it.
std::function<void(std::function<void()>)> Daemon::poster() {
  return [this](const std::function<void()>& work) {
    while (!mailbox_->post(work)) usleep(1'000);
  };
}

// Names and messages of other nodes come in lines too.
void Daemon::log(const std::string& line) const { std::fprintf(stderr, "edgeswarm: %s\n", cli::one_line(line).c_str()); }

void Daemon::warn(std::string sentence) {
  log(sentence);
  warnings_.push_back(std::move(sentence));
}

uint64_t Daemon::watch(std::function<void(const state::Event&)> watcher) {
  watchers_.emplace(++last_watcher_, std::move(watcher));
  return last_watcher_;
}

// A watcher may stop watching, itself or others, while it is told.
void Daemon::tell_watchers(const state::Event& event) {
  std::vector<uint64_t> numbers;
  for (const auto& [number, watcher] : watchers_) numbers.push_back(number);
  for (const uint64_t number : numbers) {
    const auto found = watchers_.find(number);
    if (found == watchers_.end()) continue;
    const auto watcher = found->second;
    watcher(event);
  }
}

}  // namespace es::daemon
