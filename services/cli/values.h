#pragma once
// The values of flags, as Docker writes them, exactly: no floating point. All errors are kInvalid
// and say what a right value looks like.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"

namespace es::cli {

// "512m", "1GiB", "1.5g", "4096": powers of 1024, at most 6 digits behind the point, a fraction of
// a byte is dropped.
Result<int64_t> parse_size(std::string_view text);
// "0.25" -> 250,000,000 nano-CPUs; at most 9 digits behind the point.
Result<int64_t> parse_cpus(std::string_view text);
// "10s", "1m30s", "1.5h", "0": Go's notation; not negative.
Result<Duration> parse_duration(std::string_view text);
Result<uint64_t> parse_count(std::string_view text);
Result<int64_t> parse_integer(std::string_view text);
// "true", "1", "false", "0" …, as Go's ParseBool.
Result<bool> parse_bool(std::string_view text);

// What a shell makes of a line: words, with '…', "…" and backslash. Errors: kInvalid (a quote that
// is not closed).
Result<std::vector<std::string>> split_words(std::string_view line);
// One line of comma separated values; a field in double quotes may hold commas, and "" is a quote
// in it.
Result<std::vector<std::string>> split_csv(std::string_view line);

struct KeyValue {
  std::string key;
  std::string value;
  bool has_value = false;  // there was a '='
};
KeyValue split_key_value(std::string_view text);

// The lines of a file of environment variables: "KEY=value", or "KEY" for what this process has;
// '#' begins a comment line. Errors: kInvalid (a name with white space), kIo.
Result<std::vector<std::string>> read_env_file(const std::string& path);
// "KEY=value" as it is; "KEY" with the value that this process has, and nothing when it has none.
std::vector<std::string> resolve_env(const std::string& text);

}  // namespace es::cli
