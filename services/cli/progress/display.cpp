#include "services/cli/progress/display.h"

#include <algorithm>

#include "services/cli/human.h"

namespace es::cli {

namespace {

constexpr size_t kStateWidth = 9;  // of the longest state on the way, "preparing"
constexpr size_t kMaxBarWidth = 50;
constexpr size_t kMinBarWidth = 10;

std::string bar(size_t steps, size_t width) {
  const size_t filled = std::min(width, width * steps / kStepsToRunning);
  if (filled == width) return "[" + std::string(width, '=') + "]";
  return "[" + std::string(filled, '=') + ">" + std::string(width - filled - 1, ' ') + "]";
}

}  // namespace

std::string progress_text(const ProgressLine& line, size_t columns) {
  std::string text = one_line(line.label + ": " + line.text);
  if (line.steps == 0) return ellipsis(text, columns);
  if (line.text.size() < kStateWidth) text.append(kStateWidth - line.text.size(), ' ');
  const size_t used = text_width(text) + 3;  // a blank and two brackets
  if (used + kMinBarWidth > columns) return ellipsis(text, columns);
  return text + " " + bar(static_cast<size_t>(line.steps), std::min(kMaxBarWidth, columns - used));
}

void ProgressDisplay::show(std::vector<ProgressLine> lines) {
  // The cursor cannot go back to what has left the window: what is more than that is not about one
  // task.
  const auto rows = static_cast<size_t>(std::max(console_.rows - 1, 1));
  if (console_.is_terminal && lines.size() > rows)
    std::erase_if(lines, [](const ProgressLine& line) { return line.is_detail; });
  if (lines == shown_) return;
  if (console_.is_terminal)
    redraw(lines);
  else
    print_news(lines);
  shown_ = std::move(lines);
}

void ProgressDisplay::redraw(const std::vector<ProgressLine>& lines) {
  std::string out;
  if (!shown_.empty()) out += "\033[" + std::to_string(shown_.size()) + "A\r";
  // A line as wide as the terminal would wrap on some.
  const auto columns = static_cast<size_t>(std::max(console_.columns - 1, 20));
  for (const ProgressLine& line : lines) out += progress_text(line, columns) + "\033[K\n";
  console_.out(out + "\033[J");  // and what was below
}

void ProgressDisplay::print_news(const std::vector<ProgressLine>& lines) {
  const auto is_countdown = [](const ProgressLine& line) {
    return line.label == "verify" && line.text.starts_with("Waiting");
  };
  const bool counted_down = std::ranges::any_of(shown_, is_countdown);
  for (const ProgressLine& line : lines) {
    const bool is_old =
        std::ranges::find(shown_, line) != shown_.end() || (is_countdown(line) && counted_down);
    if (is_old || line.is_detail) continue;
    console_.out(one_line(line.label + (line.text.empty() ? "" : ": " + line.text)) + "\n");
  }
}

}  // namespace es::cli
