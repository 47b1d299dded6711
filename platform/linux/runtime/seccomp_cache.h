#pragma once
// SeccompCache: compiled system call filters. crun spends several milliseconds of each start on
// compiling the same list; it leaves the result in its state folder and takes it back by an
// annotation (crun(1), run.oci.seccomp_bpf_data). runc knows neither and compiles each time.

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace es::runtime {

class SeccompCache {
 public:
  static constexpr size_t kProgramsMax = 8;  // services rarely differ in their capabilities
  static constexpr size_t kProgramBytesMax = 64 << 10;

  // The filter for containers with these capabilities, in base64; empty until one of them has
  // started.
  std::string find(const std::vector<std::string>& capabilities) const;

  // Takes what crun compiled for a container that has started.
  void learn(const std::vector<std::string>& capabilities,
             const std::string& container_state_directory);

 private:
  std::map<std::vector<std::string>, std::string> programs_;
};

std::string base64(std::string_view bytes);

}  // namespace es::runtime
