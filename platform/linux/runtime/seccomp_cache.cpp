#include "platform/linux/runtime/seccomp_cache.h"

#include <cstdint>

#include "platform/linux/cgroup/small_file.h"

namespace es::runtime {

std::string base64(std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const auto at = [&](size_t n) {
      return i + n < bytes.size() ? static_cast<uint8_t>(bytes[i + n]) : uint8_t{0};
    };
    const uint32_t group = uint32_t{at(0)} << 16 | uint32_t{at(1)} << 8 | at(2);
    for (size_t digit = 0; digit < 4; ++digit) {
      const bool padding = i + digit > bytes.size();
      text += padding ? '=' : kDigits[group >> (18 - 6 * digit) & 63];
    }
  }
  return text;
}

std::string SeccompCache::find(const std::vector<std::string>& capabilities) const {
  const auto found = programs_.find(capabilities);
  return found == programs_.end() ? "" : found->second;
}

void SeccompCache::learn(const std::vector<std::string>& capabilities,
                         const std::string& container_state_directory) {
  if (programs_.contains(capabilities) || programs_.size() == kProgramsMax) return;
  constexpr size_t kInstructionBytes = 8;
  const auto program =
      cgroup::read_small_file(container_state_directory + "/seccomp.bpf", kProgramBytesMax);
  if (!program.ok() || program->empty() || program->size() % kInstructionBytes != 0) return;
  if (program->size() == kProgramBytesMax) return;  // cut off
  programs_[capabilities] = base64(*program);
}

}  // namespace es::runtime
