// The output of a task: framing and rotation by the real shim, and the reader over files of every
// shape.

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "doctest/doctest.h"
#include "platform/linux/runtime/log_frame.h"
#include "tests/unit/linux_runtime/sandbox.h"

namespace es::runtime {

namespace {

struct Folder {
  Folder() {
    char name[] = "/tmp/edgeswarm-log-XXXXXX";
    path = mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  void write(const char* segment, const std::string& bytes) const {
    std::ofstream(path + "/log." + segment, std::ios::binary | std::ios::app) << bytes;
  }
  std::string path;
};

std::string frame(int second, char stream, char kind, const std::string& text) {
  const std::string digits = std::to_string(second);
  return std::string(10 - digits.size(), '0') + digits + ".000000005 " + stream + kind + " " +
         text + "\n";
}

std::string texts(const std::vector<LogLine>& lines) {
  std::string all;
  for (const LogLine& line : lines)
    all += (line.from_stderr ? "!" : "") + line.text + (line.complete ? "|" : "~");
  return all;
}

TEST_CASE("a frame is read exactly or not at all") {
  struct Case {
    const char* name;
    std::string bytes;
    bool whole;
    bool good;
  };
  const Case cases[] = {
      {"plain", frame(7, 'o', 'F', "hello"), true, true},
      {"empty line", frame(7, 'e', 'F', ""), true, true},
      {"bytes of any kind", frame(7, 'e', 'P', std::string("\0\xff\t", 3)), true, true},
      {"no newline yet", "0000000007.000000005 oF hel", false, false},
      {"nothing", "", false, false},
      {"short", "x\n", true, false},
      {"letters for digits", "000000000x.000000005 oF hello\n", true, false},
      {"unknown stream", frame(7, 'x', 'F', "hello"), true, false},
      {"unknown kind", frame(7, 'o', 'X', "hello"), true, false},
      {"a time beyond what 64 bits hold", "9916999999.000000001 oF hello\n", true, false},
      {"no separator", "0000000007.000000005 oF_hello\n", true, false},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    const auto parsed = parse_frame(one.bytes);
    CHECK(parsed.has_value() == one.whole);
    if (!parsed) continue;
    CHECK(parsed->length == one.bytes.size());
    CHECK(parsed->line.has_value() == one.good);
    if (parsed->line) CHECK(parsed->line->time.ns == 7'000'000'005);
  }
}

TEST_CASE("reading goes on where it stopped, across segments, and says when lines are gone") {
  const Folder folder;
  const LogReader reader(folder.path);
  CHECK(reader.read(0)->lines.empty());
  const std::string a = frame(1, 'o', 'F', "one") + frame(2, 'e', 'F', "two");
  folder.write("0000000000000000", a);
  auto batch = reader.read(0).value();
  CHECK(texts(batch.lines) == "one|!two|");
  CHECK(batch.next_offset == a.size());
  CHECK(reader.read(batch.next_offset)->lines.empty());

  folder.write("0000000000000000",
               frame(3, 'o', 'P', "hal").substr(0, 12));  // the shim is in the middle of it
  CHECK(reader.read(batch.next_offset)->lines.empty());
  std::filesystem::resize_file(folder.path + "/log.0000000000000000", a.size());

  char name[17];
  snprintf(name, sizeof name, "%016zx", a.size());
  folder.write(name, frame(3, 'o', 'P', "hal") + frame(3, 'o', 'F', "f"));
  batch = reader.read(0).value();
  CHECK(texts(batch.lines) == "one|!two|hal~f|");
  CHECK_FALSE(batch.gap);
  CHECK(texts(reader.read(batch.lines[2].offset)->lines) == "hal~f|");

  std::filesystem::remove(folder.path + "/log.0000000000000000");
  batch = reader.read(0).value();
  CHECK(batch.gap);
  CHECK(texts(batch.lines) == "hal~f|");
}

TEST_CASE("tail and since") {
  const Folder folder;
  std::string bytes;
  for (int i = 0; i < 1000; ++i) {
    bytes += frame(i, 'o', 'P', "li") + frame(i, 'o', 'F', "ne " + std::to_string(i));
  }
  folder.write("0000000000000000", bytes);
  folder.write("00000000000f0000", frame(2000, 'o', 'F', "late"));
  const LogReader reader(folder.path);
  const auto from = [&](const Result<uint64_t>& offset) {
    return texts(reader.read(offset.value())->lines);
  };
  CHECK(from(reader.tail(1)) == "late|");
  CHECK(from(reader.tail(2)) == "li~ne 999|late|");
  CHECK(from(reader.tail(0)).empty());
  CHECK(reader.tail(100'000).value() == 0);
  CHECK(from(reader.since(WallTime{999'000'000'005})) == "li~ne 999|late|");
  CHECK(from(reader.since(WallTime{1500'000'000'000})) == "late|");
  CHECK(from(reader.since(WallTime{3000'000'000'000})).empty());
  CHECK(reader.since(WallTime{0}).value() == 0);
}

TEST_CASE("garbage in a log is skipped, strange files in its folder are not read") {
  const Folder folder;
  folder.write("0000000000000000", "garbage\n\n" + frame(1, 'o', 'F', "one") +
                                       std::string(5000, 'x') + "\n" + frame(2, 'o', 'F', "two"));
  folder.write("zzzzzzzzzzzzzzzz", frame(9, 'o', 'F', "no"));
  folder.write("1", frame(9, 'o', 'F', "no"));
  CHECK(texts(LogReader(folder.path).read(0)->lines) == "one|two|");
}

ES_CONTAINER_TEST("a long line comes in pieces, and every byte of it") {
  Sandbox sandbox;
  const auto config = sandbox.script("head -c 10000 /dev/zero; echo; echo next");
  sandbox.run(config);
  const auto lines = LogReader(sandbox.runtime().log_directory(config.task)).read(0)->lines;
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].text == std::string(4096, '\0'));
  CHECK_FALSE(lines[0].complete);
  CHECK(lines[2].text.size() == 10000 - 2 * 4096);
  CHECK(lines[2].complete);
  CHECK(lines[3].text == "next");
}

ES_CONTAINER_TEST("a flood is rotated within its bound and its end is kept") {
  Sandbox sandbox;
  const auto config = sandbox.script("seq 1 200000");
  sandbox.run(config);
  const std::string folder = sandbox.runtime().log_directory(config.task);
  uintmax_t bytes = 0;
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    bytes += entry.file_size();
    ++files;
    CHECK(entry.file_size() <= 1 << 20);
  }
  CHECK(files == 2);
  CHECK(bytes > 1 << 20);
  const LogReader reader(folder);
  const auto last = reader.read(reader.tail(3).value()).value();
  CHECK(texts(last.lines) == "199998|199999|200000|");
  // What is kept has no hole.
  int expected = 0;
  bool gap = false;
  for (uint64_t offset = 0;;) {
    const auto batch = reader.read(offset).value();
    gap = gap || batch.gap;
    if (batch.lines.empty()) break;
    for (const LogLine& line : batch.lines) {
      const int number = std::stoi(line.text);
      if (expected != 0 && number != expected) FAIL(number);
      expected = number + 1;
    }
    offset = batch.next_offset;
  }
  CHECK(gap);
  CHECK(expected == 200001);
}

}  // namespace

}  // namespace es::runtime
