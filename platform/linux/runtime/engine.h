#pragma once
// Engine: the program that makes containers, crun or runc, and how it is called.

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace es::runtime {

struct Engine {
  enum class Kind { kCrun, kRunc };
  Kind kind = Kind::kCrun;
  std::string path;  // absolute
};

// `configured` when it is not empty, else crun, else runc, in the usual places. Errors: kNotFound,
// naming what to install.
Result<Engine> find_engine(const std::string& configured);

// The command line that creates and starts a container and then ends. All paths are absolute: crun
// takes a relative pid file as relative to the bundle.
std::vector<std::string> run_command(const Engine& engine, const std::string& state_directory,
                                     const std::string& bundle, const std::string& name);

// What an engine wrote when it failed, as one sentence: runc's log line gives its message, crun's
// is one already.
std::string engine_reason(std::string_view output);

}  // namespace es::runtime
