#pragma once
// Secret: bytes that are wiped when nobody holds them any more. It cannot be copied by accident.

#include <cstddef>
#include <memory>
#include <string_view>

namespace es::crypto {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes);
  explicit Secret(size_t size);  // zeroes
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  Secret copy() const { return Secret(view()); }
  std::string_view view() const {
    return {bytes_.get(), size_};
  }  // valid while this lives and is not assigned to
  char* data() { return bytes_.get(); }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Forgets the bytes after the first `size`. Pre: size <= size().
  void truncate(size_t size);

 private:
  void wipe();

  std::unique_ptr<char[]> bytes_;
  size_t size_ = 0;
};

// A wipe that the compiler does not remove.
void wipe_memory(void* at, size_t size);

// In a time that depends on the sizes only.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace es::crypto
