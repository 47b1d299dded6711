#pragma once
// Log: where this folder's lines for people go; handed in, never global. LogLimit keeps a peer from
// writing our log full.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/time.h"

namespace es::linux_net {

enum class LogLevel { kInfo, kWarning };
using Log = std::function<void(LogLevel, std::string_view line)>;

// Lets `burst` lines pass, then one each `interval`; the next line that passes says how many were
// left out.
class LogLimit {
 public:
  LogLimit(Log log, int burst, Duration interval)
      : log_(std::move(log)), burst_(burst), tokens_(burst), interval_(interval) {}

  void line(Instant now, LogLevel level, std::string text) {
    const int64_t earned = (now - last_).ns / interval_.ns;
    if (earned > 0) {
      tokens_ = static_cast<int>(std::min<int64_t>(burst_, tokens_ + earned));
      last_ = now;
    }
    if (tokens_ == 0) {
      ++suppressed_;
      return;
    }
    --tokens_;
    if (suppressed_ > 0)
      text += " (and " + std::to_string(suppressed_) + " lines like this were left out)";
    suppressed_ = 0;
    if (log_) log_(level, text);
  }

 private:
  Log log_;
  int burst_;
  int tokens_;
  Duration interval_;
  Instant last_;
  uint64_t suppressed_ = 0;
};

}  // namespace es::linux_net
