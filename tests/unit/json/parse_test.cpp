// Hostile and odd texts: one clear error each, and bounds that hold.

#include "doctest/doctest.h"
#include "services/json/answer.h"
#include "services/json/json.h"
#include "services/json/time_text.h"

namespace es::json {
namespace {

TEST_CASE("texts that are refused") {
  struct Case {
    std::string name;
    std::string text;
    Errc code;
  };
  const std::string deep(100'000, '[');
  const Case cases[] = {
      {"empty", "", Errc::kInvalid},
      {"only space", "  \n", Errc::kInvalid},
      {"cut off", R"({"a":)", Errc::kInvalid},
      {"cut inside a string", R"({"a":"b)", Errc::kInvalid},
      {"two values", "{} {}", Errc::kInvalid},
      {"trailing comma", "[1,]", Errc::kInvalid},
      {"comment", "/* x */ {}", Errc::kInvalid},
      {"single quotes", "{'a':1}", Errc::kInvalid},
      {"NaN", "NaN", Errc::kInvalid},
      {"too large a number", "1e999", Errc::kInvalid},
      {"leading zero", "01", Errc::kInvalid},
      {"NUL byte", std::string("{}\0", 3), Errc::kInvalid},
      {"NUL inside", std::string("{\"a\0b\":1}", 9), Errc::kInvalid},
      {"not UTF-8", "\"\xff\xfe\"", Errc::kInvalid},
      {"overlong UTF-8", "\"\xc0\x80\"", Errc::kInvalid},
      {"half a surrogate", R"("\ud800")", Errc::kInvalid},
      {"deep arrays", deep, Errc::kInvalid},
      {"65 levels", std::string(65, '[') + std::string(65, ']'), Errc::kInvalid},
      {"too long", std::string(kMaxTextBytes + 1, ' '), Errc::kLimit},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    const auto result = parse(one.text);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == one.code);
  }
}

TEST_CASE("brackets in strings are not nesting, and 64 levels are allowed") {
  CHECK(parse("\"" + std::string(1000, '[') + "\"").ok());
  CHECK(parse(R"(["\"[[[[", "\\"])").ok());
  CHECK(parse(std::string(64, '[') + std::string(64, ']')).ok());
}

TEST_CASE("members keep their order; of one name the last value counts, at the first one's place") {
  const auto printed = [](const std::string& text) {
    const auto value = parse(text);
    REQUIRE(value.ok());
    return print(*value);
  };
  CHECK(printed(R"({"z":1,"a":{"y":[],"b":{}},"m":null})") ==
        R"({"z":1,"a":{"y":[],"b":{}},"m":null})");
  CHECK(printed(R"({"b":1,"a":2,"b":3,"c":4,"a":{"x":1,"x":[2]},"b":5})") ==
        R"({"b":5,"a":{"x":[2]},"c":4})");
  CHECK(printed(R"({"":1,"":2})") == R"({"":2})");
  CHECK(printed(R"([-1,1.5,18446744073709551615,true,"\u20ac",[[]]])") ==
        "[-1,1.5,18446744073709551615,true,\"\u20ac\",[[]]]");
}

TEST_CASE("a text has a bounded number of values") {
  std::string text = "[0";
  for (int i = 0; i < 600'000; ++i) text += ",0";
  const auto refused = parse(text + "]");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message == "the JSON text has more than 500,000 values");
}

TEST_CASE("bytes that are not UTF-8 never stop an answer") {
  CHECK(print(Json("a\xff" "b")) == "\"a\xef\xbf\xbd" "b\"");
}

TEST_CASE("times") {
  struct Case {
    int64_t ns;
    std::string text;
  };
  const Case cases[] = {
      {0, "0001-01-01T00:00:00Z"},
      {1, "1970-01-01T00:00:00.000000001Z"},
      {1'000'000'000, "1970-01-01T00:00:01Z"},
      {951'782'400'000'000'000, "2000-02-29T00:00:00Z"},
      {1'763'613'664'120'000'000, "2025-11-20T04:41:04.12Z"},
      {4'107'542'399'999'999'999, "2100-02-28T23:59:59.999999999Z"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    CHECK(rfc3339(WallTime{one.ns}) == one.text);
    const auto back = parse_rfc3339(one.text);
    REQUIRE(back.ok());
    CHECK(back->ns == one.ns);
  }
  CHECK(parse_rfc3339("1970-01-01T01:00:01+01:00")->ns == 1'000'000'000);
  CHECK(parse_timestamp("1763613664.5")->ns == 1'763'613'664'500'000'000);
  CHECK(parse_timestamp("1763613664")->ns == 1'763'613'664'000'000'000);
  CHECK(parse_timestamp("2025-11-20T04:41:04Z")->ns == 1'763'613'664'000'000'000);
}

TEST_CASE("an answer of our own daemon may be longer than what a client may send") {
  const std::string text = "[\"" + std::string(5 << 20, 'x') + "\"]";
  CHECK(parse(text).error().message == "the JSON text is longer than 4 MiB");
  CHECK(parse_answer(text).ok());
  std::string many = "[0";
  for (int i = 0; i < 600'000; ++i) many += ",0";
  many += "]";
  CHECK_FALSE(parse(many).ok());
  CHECK(parse_answer(many).ok());
  CHECK_FALSE(parse_answer("\"" + std::string(64 << 20, 'x') + "\"").ok());
}

TEST_CASE("texts that are no times") {
  for (const std::string text : {"", "x", "2025-11-20", "2025-13-01T00:00:00Z", "2025-02-29T00:00:00Z", "2025-11-20T24:00:00Z",
                           "2025-11-20T04:41:04", "2025-11-20T04:41:04.Z", "2025-11-20T04:41:04Zx", "1969-01-01T00:00:00Z",
                           "-025-11-20T04:41:04Z", "99999999999999999999", "1763613664.", "1763613664.5x", "1.5.5",
                           "9300000000"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_timestamp(text).ok());
  }
}

}  // namespace
}  // namespace es::json
