#include "platform/linux/runtime/signals.h"

#include <signal.h>

#include <cctype>
#include <charconv>
#include <string>

namespace es::runtime {

namespace {

struct Name {
  std::string_view text;
  int number;
};

constexpr Name kNames[] = {
    {"ABRT", SIGABRT},     {"ALRM", SIGALRM},   {"BUS", SIGBUS},   {"CHLD", SIGCHLD},
    {"CONT", SIGCONT},     {"FPE", SIGFPE},     {"HUP", SIGHUP},   {"ILL", SIGILL},
    {"INT", SIGINT},       {"IO", SIGIO},       {"IOT", SIGIOT},   {"KILL", SIGKILL},
    {"PIPE", SIGPIPE},     {"POLL", SIGPOLL},   {"PROF", SIGPROF}, {"PWR", SIGPWR},
    {"QUIT", SIGQUIT},     {"SEGV", SIGSEGV},   {"STOP", SIGSTOP}, {"SYS", SIGSYS},
    {"TERM", SIGTERM},     {"TRAP", SIGTRAP},   {"TSTP", SIGTSTP}, {"TTIN", SIGTTIN},
    {"TTOU", SIGTTOU},     {"URG", SIGURG},     {"USR1", SIGUSR1}, {"USR2", SIGUSR2},
    {"VTALRM", SIGVTALRM}, {"WINCH", SIGWINCH}, {"XCPU", SIGXCPU}, {"XFSZ", SIGXFSZ}};

constexpr int kSignalMax = 64;
constexpr int kRealTimeMin = 34;  // what programs see: the C library keeps the first two for itself

std::optional<int> parse_number(std::string_view text, int base) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  if (number > kSignalMax - base || number + base < 1) return std::nullopt;
  return number + base;
}

}  // namespace

std::optional<int> parse_signal(std::string_view name) {
  if (name.empty()) return SIGTERM;
  if (const auto number = parse_number(name, 0)) return number;
  std::string upper;
  for (const char c : name) upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  std::string_view text = upper;
  if (text.starts_with("SIG")) text.remove_prefix(3);
  for (const Name& one : kNames) {
    if (one.text == text) return one.number;
  }
  if (text == "RTMIN") return kRealTimeMin;
  if (text.starts_with("RTMIN+")) return parse_number(text.substr(6), kRealTimeMin);
  return std::nullopt;
}

}  // namespace es::runtime
