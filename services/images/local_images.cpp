#include "services/images/local_images.h"

#include <fcntl.h>

#include <algorithm>

#include "platform/linux/images/file_handle.h"
#include "services/images/reference.h"

namespace es::images {

namespace {

constexpr size_t kShortestPrefix = 2;

class DescriptorSource final : public ByteSource {
 public:
  explicit DescriptorSource(FileHandle file) : file_(std::move(file)), buffer_(kPieceBytes, '\0') {}

  Result<std::string_view> next() override {
    const ssize_t length = read(file_.get(), buffer_.data(), buffer_.size());
    if (length < 0) return io_error("cannot read the archive");
    return std::string_view(buffer_.data(), static_cast<size_t>(length));
  }

 private:
  FileHandle file_;
  std::string buffer_;
};

Error too_busy() {
  return {Errc::kLimit, "too much is asked of the image store at once; try again"};
}

}  // namespace

// Shared by the upload and the job that reads it; its functions are called on the loop's thread,
// and not any more once it is closed.
struct ImageUpload::Listener {
  Events events;
  bool closed = false;

  void answer(Result<std::vector<std::string>> result) {
    if (std::exchange(closed, true)) return;
    if (events.done) events.done(std::move(result));
  }
};

ImageUpload::ImageUpload(std::shared_ptr<ChunkPipe> pipe, std::shared_ptr<Listener> listener)
    : pipe_(std::move(pipe)), listener_(std::move(listener)) {}

ImageUpload::~ImageUpload() {
  if (finished_) return;  // whoever sent it whole is answered all the same
  listener_->closed = true;
  pipe_->abort({Errc::kUnavailable, "the archive did not come whole"});
}

void ImageUpload::feed(std::string_view piece) {
  if (!pipe_->push(std::string(piece)) && !listener_->closed) listener_->events.flow(true);
}

void ImageUpload::finish() {
  finished_ = true;
  pipe_->finish();
}

Result<std::unique_ptr<LocalImages>> LocalImages::open(LocalImagesOptions options) {
  ES_TRY(ImageLibrary library, ImageLibrary::open(options.dir, options.node, options.limits));
  ES_TRY(Overlay overlay, Overlay::open(options.dir + "/mounts", library.layers().layers_dir()));
  return std::unique_ptr<LocalImages>(
      new LocalImages(std::move(options), std::move(library), std::move(overlay)));
}

LocalImages::LocalImages(LocalImagesOptions options, ImageLibrary library, Overlay overlay)
    : options_(std::move(options)),
      images_(library.images()),
      used_(overlay.tasks()),
      warnings_(library.warnings()),
      library_(std::move(library)),
      overlay_(std::move(overlay)) {}

LocalImages::~LocalImages() {
  for (const auto& pipe : pipes_) {
    if (const auto open = pipe.lock()) open->abort({Errc::kUnavailable, "the daemon stops"});
  }
}

std::function<void()> LocalImages::on_loop(std::function<void()> function) {
  return [alive = std::weak_ptr<int>(alive_), function = std::move(function)] {
    if (!alive.expired()) function();
  };
}

const ports::Image* LocalImages::find_image(const std::string& reference) const {
  if (const auto name = familiar_reference(reference); name.ok()) {
    for (const ports::Image& image : images_) {
      if (std::find(image.tags.begin(), image.tags.end(), *name) != image.tags.end()) return &image;
    }
  }
  const std::string prefix = reference.starts_with("sha256:") ? reference : "sha256:" + reference;
  if (prefix.size() < 7 + kShortestPrefix) return nullptr;
  const ports::Image* found = nullptr;
  for (const ports::Image& image : images_) {
    if (!image.id.starts_with(prefix)) continue;
    if (found != nullptr) return nullptr;  // not unique
    found = &image;
  }
  return found;
}

std::optional<ports::Image> LocalImages::find(const std::string& reference) const {
  const ports::Image* found = find_image(reference);
  return found != nullptr ? std::optional(*found) : std::nullopt;
}

void LocalImages::mount(TaskId task, const std::string& image_id,
                        std::function<void(Result<std::string>)> done) {
  const auto image = std::find_if(images_.begin(), images_.end(),
                                  [&](const auto& one) { return one.id == image_id; });
  if (image == images_.end()) {
    return options_.post(
        on_loop([done, image_id] { done(not_found("No such image: " + image_id)); }));
  }
  std::vector<std::string> names;
  for (const std::string& diff_id : image->layers) names.push_back(LayerStore::layer_name(diff_id));
  used_[task] = image_id;
  const bool posted = mounter_.post([this, task, image_id, names = std::move(names), done] {
    auto rootfs = overlay_.mount(task, image_id, names);
    if (!rootfs.ok()) (void)overlay_.unmount(task);  // what was made of it
    options_.post(on_loop([this, task, done, rootfs = std::move(rootfs)] {
      if (!rootfs.ok()) used_.erase(task);
      done(rootfs);
    }));
  });
  if (posted) return;
  used_.erase(task);
  options_.post(on_loop([done] { done(too_busy()); }));
}

void LocalImages::unmount(TaskId task) {
  const bool posted = mounter_.post([this, task] {
    const Status status = overlay_.unmount(task);
    // What could not be removed is found again at the next start.
    if (status.ok()) options_.post(on_loop([this, task] { used_.erase(task); }));
  });
  if (!posted) options_.post(on_loop([this, task] { unmount(task); }));
}

void LocalImages::keep_tasks(const std::set<TaskId>& tasks) {
  for (const auto& [task, image] : used_) {
    if (!tasks.contains(task)) unmount(task);
  }
}

// Docker's rules: a name is taken away as long as others are left; an id with several names needs
// force.
Status LocalImages::remove(const std::string& reference, bool force) {
  const ports::Image* found = find_image(reference);
  if (found == nullptr) return not_found("No such image: " + reference);
  const ports::Image image = *found;
  const auto name = familiar_reference(reference);
  const bool by_name =
      name.ok() && std::find(image.tags.begin(), image.tags.end(), *name) != image.tags.end();
  if (by_name && image.tags.size() > 1) {
    change([tag = *name](ImageLibrary& library) { (void)library.untag(tag); });
    for (ports::Image& one : images_) std::erase(one.tags, *name);
    return {};
  }
  for (const auto& [task, id] : used_) {
    if (id != image.id) continue;
    return Error{Errc::kConflict, "conflict: unable to remove \"" + reference +
                                      "\": image is being used by task " + task.to_string()};
  }
  if (!by_name && image.tags.size() > 1 && !force) {
    return Error{Errc::kConflict,
                 "conflict: unable to delete " + reference +
                     " (must be forced) - image is referenced in multiple repositories"};
  }
  change([id = image.id](ImageLibrary& library) { (void)library.remove(id); });
  std::erase_if(images_, [&](const ports::Image& one) { return one.id == image.id; });
  return {};
}

// After the change the list is what the disk says, whatever failed.
void LocalImages::change(const std::function<void(ImageLibrary&)>& change) {
  const bool posted = disk_.post([this, change] {
    change(library_);
    options_.post(on_loop([this, images = library_.images()] { images_ = images; }));
  });
  if (!posted) options_.post(on_loop([this, change] { this->change(change); }));
}

std::unique_ptr<ImageUpload> LocalImages::load(ImageUpload::Events events) {
  auto listener = std::make_shared<ImageUpload::Listener>();
  listener->events = std::move(events);
  auto pipe = std::make_shared<ChunkPipe>([this, listener] {
    options_.post(on_loop([listener] {
      if (!listener->closed && listener->events.flow) listener->events.flow(false);
    }));
  });
  std::erase_if(pipes_, [](const auto& one) { return one.expired(); });
  pipes_.push_back(pipe);
  const bool posted = disk_.post([this, pipe, listener] { run_load(pipe, listener); });
  if (!posted) {
    pipe->close_reader();
    options_.post(on_loop([listener] { listener->answer(too_busy()); }));
  }
  return std::unique_ptr<ImageUpload>(new ImageUpload(std::move(pipe), std::move(listener)));
}

void LocalImages::run_load(std::shared_ptr<ChunkPipe> pipe,
                           std::shared_ptr<ImageUpload::Listener> listener) {
  auto loaded = library_.load(*pipe);
  pipe->close_reader();
  options_.post(on_loop([this, listener, loaded = std::move(loaded), images = library_.images()] {
    images_ = images;
    listener->answer(loaded);
  }));
}

void LocalImages::load_file(const std::string& path,
                            std::function<void(Result<std::vector<std::string>>)> done) {
  FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    return options_.post(on_loop([done, error = io_error("cannot open " + path)] { done(error); }));
  }
  const auto source = std::make_shared<DescriptorSource>(std::move(file));
  const bool posted = disk_.post([this, source, done] {
    auto loaded = library_.load(*source);
    options_.post(on_loop([this, done, loaded = std::move(loaded), images = library_.images()] {
      images_ = images;
      done(loaded);
    }));
  });
  if (!posted) options_.post(on_loop([done] { done(too_busy()); }));
}

}  // namespace es::images
