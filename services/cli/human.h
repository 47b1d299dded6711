#pragma once
// Numbers, times and texts as people read them: Docker's words.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"

namespace es::cli {

// "Less than a second", "5 seconds", "About a minute", "3 days".
std::string human_duration(Duration duration);
// "1m30s", as Go prints a duration.
std::string go_duration(Duration duration);
// Powers of 1000 with 3 digits: "4.27MB". For images.
std::string human_size(uint64_t size_bytes);
// Powers of 1024: "512MiB". For memory.
std::string human_memory(uint64_t size_bytes);
// "0.25", exactly.
std::string cpu_text(int64_t cpu_nano);

// The first 12 characters.
std::string short_id(std::string_view id);
// Characters (UTF-8 code points), not bytes.
size_t text_width(std::string_view text);
// At most `width` characters; what is cut ends with "…".
std::string ellipsis(std::string_view text, size_t width);
// For every text that came from outside, wherever it is printed: what would break a line, move the
// cursor, turn the direction of writing or not be seen becomes a space, and a byte that is no UTF-8 a "?".
std::string one_line(std::string_view text);
// The same for a JSON document, whose texts stay what they are: such characters are written as
// \uXXXX.
std::string shown_json(std::string_view document);
// Lines of at most `width` characters, broken at spaces; a longer word stands alone. At least one
// line.
std::vector<std::string> wrap(std::string_view text, size_t width);
// "web.2" before "web.10".
bool natural_less(std::string_view a, std::string_view b);
// "running" -> "Running".
std::string capitalized(std::string_view text);

}  // namespace es::cli
