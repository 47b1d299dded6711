// The values of flags: exact, and a clear refusal for everything else.

#include "services/cli/values.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "doctest/doctest.h"

namespace es::cli {
namespace {

TEST_CASE("sizes are powers of 1024, to the byte") {
  struct Case {
    const char* text;
    int64_t size_bytes;  // -1: refused
  };
  for (const Case& one : {
           Case{"0", 0},
           {"4096", 4096},
           {"512m", 512LL << 20},
           {"512M", 512LL << 20},
           {"1GiB", 1LL << 30},
           {"1gb", 1LL << 30},
           {"1.5g", 3LL << 29},
           {"0.1k", 102},
           {"64 MiB", 64LL << 20},
           {"2t", 2LL << 40},
           {"8388607t", 8388607LL << 40},
           {"8388608t", -1},
           {"99999999999999999999", -1},
           {"", -1},
           {"m", -1},
           {"-1m", -1},
           {"1x", -1},
           {"1mm", -1},
           {"1.g", -1},
           {"1.0000001g", -1},
           {"0x10", -1},
           {"1e3", -1},
       }) {
    CAPTURE(one.text);
    const auto size = parse_size(one.text);
    CHECK(size.ok() == (one.size_bytes >= 0));
    if (size.ok()) CHECK(*size == one.size_bytes);
  }
}

TEST_CASE("CPUs are nano-CPUs, to the last one") {
  struct Case {
    const char* text;
    int64_t nano;  // -1: refused
  };
  for (const Case& one : {Case{"0.25", 250'000'000},
                          {"1", 1'000'000'000},
                          {".5", 500'000'000},
                          {"0.000000001", 1},
                          {"3.3", 3'300'000'000},
                          {"0.0000000001", -1},
                          {"", -1},
                          {"-1", -1},
                          {"1,5", -1},
                          {"1.5x", -1},
                          {"9999999999999", -1}}) {
    CAPTURE(one.text);
    const auto nano = parse_cpus(one.text);
    CHECK(nano.ok() == (one.nano >= 0));
    if (nano.ok()) CHECK(*nano == one.nano);
  }
}

TEST_CASE("durations are Go's") {
  struct Case {
    const char* text;
    int64_t ns;  // -1: refused
  };
  for (const Case& one : {Case{"10s", 10'000'000'000},
                          {"1m30s", 90'000'000'000},
                          {"1.5h", 5'400'000'000'000},
                          {"0", 0},
                          {"0s", 0},
                          {"100ms", 100'000'000},
                          {"1h2m3s4ms5us6ns", 3'723'004'005'006},
                          {"5", -1},
                          {"", -1},
                          {"s", -1},
                          {"-1s", -1},
                          {"1d", -1},
                          {"10 s", -1},
                          {"9999999h", -1},
                          {"1s garbage", -1}}) {
    CAPTURE(one.text);
    const auto duration = parse_duration(one.text);
    CHECK(duration.ok() == (one.ns >= 0));
    if (duration.ok()) CHECK(duration->ns == one.ns);
  }
}

TEST_CASE("whole numbers and booleans") {
  CHECK(*parse_count("18446744073709551615") == UINT64_MAX);
  CHECK(!parse_count("-1").ok());
  CHECK(!parse_count("18446744073709551616").ok());
  CHECK(!parse_count("").ok());
  CHECK(!parse_count("1 ").ok());
  CHECK(*parse_integer("-5") == -5);
  CHECK(*parse_bool("True"));
  CHECK(!*parse_bool("0"));
  CHECK(!parse_bool("yes").ok());
}

TEST_CASE("words are split as a shell splits them") {
  using Split = std::vector<std::string>;
  CHECK(*split_words("sh -c 'echo  hi' \"a b\"\\ c") == Split{"sh", "-c", "echo  hi", "a b c"});
  CHECK(*split_words("  ") == Split{});
  CHECK(*split_words("''") == Split{""});
  CHECK(!split_words("'open").ok());
  CHECK(*split_csv("a,\"b,c\",\"d\"\"e\"") == Split{"a", "b,c", "d\"e"});
  CHECK(!split_csv("\"a").ok());
}

TEST_CASE("a file of environment variables") {
  std::string path = "/tmp/es-env-XXXXXX";
  const int descriptor = ::mkstemp(path.data());
  REQUIRE(descriptor >= 0);
  ::close(descriptor);
  const auto with = [&path](const std::string& text) {
    std::ofstream(path) << text;
    return read_env_file(path);
  };
  ::setenv("ES_TEST_KNOWN", "here", 1);
  ::unsetenv("ES_TEST_UNKNOWN");
  const auto read =
      with("# comment\n\n  A=1 \r\nB=two words\nC=\nES_TEST_KNOWN\nES_TEST_UNKNOWN\n");
  REQUIRE(read.ok());
  CHECK(*read == std::vector<std::string>{"A=1 ", "B=two words", "C=", "ES_TEST_KNOWN=here"});
  const auto bad = with("GOOD=1\nBAD NAME=1\n");
  REQUIRE(!bad.ok());
  CHECK(bad.error().message == path + ":2: the name 'BAD NAME' contains white space");
  CHECK(!with("=1\n").ok());
  CHECK(!with(std::string(2 << 20, 'x')).ok());
  ::unlink(path.c_str());
  CHECK(read_env_file(path).error().code == Errc::kIo);
  const auto folder = read_env_file("/");
  REQUIRE(!folder.ok());
  CHECK(folder.error().message == "cannot read /: Is a directory");
}

}  // namespace
}  // namespace es::cli
