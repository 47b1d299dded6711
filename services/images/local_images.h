#pragma once
// LocalImages: the images port of this node, and the way in for archives. Lives on the loop's
// thread and never blocks it: one thread owns the disk's library, another one mounts, for a task
// shall not wait until an archive is unpacked; both answer through `post`. The list that questions
// are answered from is a copy, replaced after each change.

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/ports/images.h"
#include "platform/linux/images/archive_reader.h"
#include "platform/linux/images/chunk_pipe.h"
#include "platform/linux/images/overlay.h"
#include "platform/linux/images/worker.h"
#include "services/images/image_library.h"

namespace es::images {

struct LocalImagesOptions {
  std::string dir;  // <data-dir>/images, absolute; is made when it is not there
  Platform node;
  // Runs a function on the loop's thread, in the order of the calls; called from any thread. None
  // may be lost.
  std::function<void(std::function<void()>)> post;
  ArchiveLimits limits = {};
};

class LocalImages;

// An archive that comes in piece by piece. Destroyed before finish(): nothing is changed.
class ImageUpload {
 public:
  struct Events {
    std::function<void(bool paused)> flow;  // feed() shall wait, or go on
    std::function<void(Result<std::vector<std::string>>)>
        done;  // what was loaded: "busybox:latest", or an id
  };
  ~ImageUpload();
  ImageUpload(const ImageUpload&) = delete;
  ImageUpload& operator=(const ImageUpload&) = delete;

  void feed(std::string_view piece);
  void finish();

 private:
  friend class LocalImages;
  struct Listener;
  ImageUpload(std::shared_ptr<ChunkPipe> pipe, std::shared_ptr<Listener> listener);

  std::shared_ptr<ChunkPipe> pipe_;
  std::shared_ptr<Listener> listener_;
  bool finished_ = false;
};

class LocalImages final : public ports::Images {
 public:
  // Root file systems of tasks are left as they are; see keep_tasks(). Errors: kIo.
  static Result<std::unique_ptr<LocalImages>> open(LocalImagesOptions options);
  // Waits for what is being done; uploads that are not finished fail.
  ~LocalImages() override;

  std::vector<ports::Image> list() const override { return images_; }
  std::optional<ports::Image> find(const std::string& reference) const override;
  void mount(TaskId task, const std::string& image_id,
             std::function<void(Result<std::string>)> done) override;
  void unmount(TaskId task) override;
  Status remove(const std::string& reference, bool force) override;

  // At the start: unmounts and removes the root file systems of all other tasks.
  void keep_tasks(const std::set<TaskId>& tasks);

  std::unique_ptr<ImageUpload> load(ImageUpload::Events events);
  // The same from a file.
  void load_file(const std::string& path,
                 std::function<void(Result<std::vector<std::string>>)> done);

  // What was found damaged at the start; one sentence each.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  LocalImages(LocalImagesOptions options, ImageLibrary library, Overlay overlay);
  const ports::Image* find_image(const std::string& reference) const;
  void change(const std::function<void(ImageLibrary&)>& change);
  void run_load(std::shared_ptr<ChunkPipe> pipe, std::shared_ptr<ImageUpload::Listener> listener);
  std::function<void()> on_loop(std::function<void()> function);

  LocalImagesOptions options_;
  std::vector<ports::Image> images_;
  std::map<TaskId, std::string> used_;  // task -> image id
  std::vector<std::weak_ptr<ChunkPipe>> pipes_;
  std::vector<std::string> warnings_;
  std::shared_ptr<int> alive_ =
      std::make_shared<int>();  // what is posted does nothing once this is gone

  ImageLibrary library_;  // of disk_ alone
  Overlay overlay_;       // of mounter_ alone
  Worker mounter_;        // last: the threads end first
  Worker disk_;
};

}  // namespace es::images
