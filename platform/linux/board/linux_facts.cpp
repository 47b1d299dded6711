#include "platform/linux/board/linux_facts.h"

#include <sched.h>
#include <sys/utsname.h>

#include <algorithm>
#include <charconv>

#include "platform/linux/cgroup/host.h"
#include "platform/linux/cgroup/small_file.h"

namespace es::board {

namespace {

constexpr std::string_view kBlanks(" \t\n\0", 4);

utsname kernel_names() {
  utsname names{};
  uname(&names);
  return names;
}

// Those that this process may run on, as nproc(1) counts.
int64_t usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

// The value of a line that starts with `key`.
std::string_view value_of(std::string_view text, std::string_view key) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (line.starts_with(key)) return line.substr(key.size());
    at = end + 1;
  }
  return {};
}

}  // namespace

std::string trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1));
}

int64_t total_memory_bytes(std::string_view meminfo) {
  const std::string number = trimmed(value_of(meminfo, "MemTotal:"));
  int64_t kib = 0;
  std::from_chars(number.data(), number.data() + number.size(), kib);
  return kib > INT64_MAX / 1024 || kib < 0 ? 0 : kib * 1024;
}

std::string distribution_name(std::string_view os_release) {
  std::string name = trimmed(value_of(os_release, "PRETTY_NAME="));
  if (name.size() >= 2 && (name.front() == '"' || name.front() == '\'') &&
      name.back() == name.front()) {
    name = name.substr(1, name.size() - 2);
  }
  return name;
}

bool boot_line_has(std::string_view line, std::string_view word) {
  for (size_t at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    const size_t end = at + word.size();
    const bool begins = at == 0 || kBlanks.find(line[at - 1]) != std::string_view::npos;
    if (begins && (end == line.size() || kBlanks.find(line[end]) != std::string_view::npos))
      return true;
  }
  return false;
}

std::string kernel_machine() { return kernel_names().machine; }

std::string boot_line() { return cgroup::read_small_file("/proc/cmdline").value_or(""); }

ports::BoardFacts linux_facts() {
  ports::BoardFacts facts;
  facts.kernel_release = kernel_names().release;
  facts.os_name = distribution_name(cgroup::read_small_file("/etc/os-release").value_or(""));
  facts.platform.os = "linux";
  facts.memory_bytes = total_memory_bytes(cgroup::read_small_file("/proc/meminfo").value_or(""));
  facts.cpu_count = usable_cpus();
  facts.memory_controller = cgroup::detect().has("memory");
  return facts;
}

}  // namespace es::board
