// Docker's log frames, in pieces of any size, and hostile ones.

#include "doctest/doctest.h"
#include "services/cli/logs/log_line.h"
#include "services/cli/logs/stream_decoder.h"

namespace es::cli {
namespace {

std::string frame(char stream, const std::string& payload) {
  const auto size = static_cast<uint32_t>(payload.size());
  std::string head{stream, 0, 0, 0};
  for (int shift = 24; shift >= 0; shift -= 8)
    head.push_back(static_cast<char>(size >> shift & 0xff));
  return head + payload;
}

TEST_CASE("frames come whole, however the bytes come") {
  const std::string bytes =
      frame(1, "one\n") + frame(2, "two\n") + frame(1, "") + frame(1, std::string(300, 'x') + "\n");
  for (size_t step = 1; step <= bytes.size(); step += step < 16 ? 1 : 61) {
    CAPTURE(step);
    StreamDecoder decoder;
    std::string seen;
    for (size_t at = 0; at < bytes.size(); at += step) {
      REQUIRE(decoder
                  .feed(std::string_view(bytes).substr(at, step),
                        [&](const StreamPiece& piece) -> Status {
                          seen += piece.from_stderr ? "E:" : "O:";
                          seen += piece.text;
                          return {};
                        })
                  .ok());
    }
    CHECK(seen == "O:one\nE:two\nO:O:" + std::string(300, 'x') + "\n");
    CHECK(decoder.is_empty());
  }
}

TEST_CASE("what are no frames is refused at once") {
  const auto ignore = [](const StreamPiece&) -> Status { return {}; };
  for (const std::string& bytes : {std::string("HTTP/1.1 200"), std::string(8, '\0'), frame(3, "x"),
                                   std::string("\1\0\0\0\xff\xff\xff\xff", 8)}) {
    StreamDecoder decoder;
    const Status fed = decoder.feed(bytes, ignore);
    REQUIRE(!fed.ok());
    CHECK(fed.error().message == "the daemon's log stream is damaged");
  }
  StreamDecoder decoder;
  CHECK(decoder.feed(std::string("\1\0\0\0\0\0\0\5ab", 10), ignore).ok());
  CHECK(!decoder.is_empty());
}

TEST_CASE("details and times stand before the line") {
  const auto plain = parse_log_line(
      "com.docker.swarm.node.id=n1,com.docker.swarm.task.id=t1 hello  world\n", false);
  REQUIRE(plain.ok());
  CHECK(plain->detail("com.docker.swarm.task.id") == "t1");
  CHECK(plain->text == "hello  world\n");
  const auto timed = parse_log_line("2026-11-20T04:41:04.000000000Z a=b+c%2Cd x\n", true);
  REQUIRE(timed.ok());
  CHECK(timed->time == "2026-11-20T04:41:04.000000000Z");
  CHECK(timed->detail("a") == "b c,d");
  CHECK(timed->text == "x\n");
  CHECK(parse_log_line("", false).ok());
  for (const char* damaged : {"nodetails line\n", "a=%zz x", "a=%4", "=,=,x y"}) {
    CAPTURE(damaged);
    CHECK(!parse_log_line(damaged, false).ok());
  }
}

}  // namespace
}  // namespace es::cli
