// judge FILE: whether the history of FILE can be explained (history.h says how it is written).
// Exit status 0: it can; 1: it cannot, or was not decided; 2: there is no such history.

#include <cstdio>
#include <string>

#include "tests/judge/linearizability.h"

namespace {

bool read_file(const char* path, std::string& out) {
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) return false;
  char buffer[65'536];
  size_t count = 0;
  while ((count = std::fread(buffer, 1, sizeof buffer, file)) > 0) out.append(buffer, count);
  const bool good = std::ferror(file) == 0;
  std::fclose(file);
  return good;
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    std::fputs("usage: judge FILE\n", stderr);
    return 2;
  }
  std::string text;
  if (!read_file(words[1], text)) {
    std::fprintf(stderr, "judge: cannot read %s\n", words[1]);
    return 2;
  }
  es::judge::History history;
  if (const std::string error = history.read(text); !error.empty()) {
    std::fprintf(stderr, "judge: %s\n", error.c_str());
    return 2;
  }
  const es::judge::Verdict verdict = es::judge::judge(history);
  std::fputs(verdict.text.c_str(), stdout);
  const char* words_of_finding[] = {"explained", "BROKEN", "UNDECIDED"};
  std::printf("%llu operations on %llu objects, %llu states: %s\n",
              static_cast<unsigned long long>(verdict.operations),
              static_cast<unsigned long long>(verdict.objects),
              static_cast<unsigned long long>(verdict.states),
              words_of_finding[static_cast<size_t>(verdict.finding)]);
  return verdict.explained() ? 0 : 1;
}
