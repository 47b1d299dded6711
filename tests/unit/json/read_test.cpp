// Reading what nobody has checked: every error names the place.

#include "core/model/service.h"
#include "doctest/doctest.h"
#include "services/json/read.h"
#include "services/json/write.h"

namespace es::json {
namespace {

struct Inner {
  uint16_t small = 0;
  std::string kept;
  std::string hidden;
  static constexpr auto fields() {
    return std::tuple{field(1, "Small", &Inner::small), field(2, "Kept", &Inner::kept),
                      field(3, "Hidden", &Inner::hidden)};
  }
  bool operator==(const Inner&) const = default;
};

struct Outer {
  std::vector<Inner> list;
  std::optional<bool> flag;
  Meta meta;
  static constexpr auto fields() {
    return std::tuple{field(1, "List", &Outer::list), field(2, "Flag", &Outer::flag), field(3, "Meta", &Outer::meta)};
  }
  bool operator==(const Outer&) const = default;
};

}  // namespace

template <>
struct Shape<Inner> {
  static constexpr std::array<std::string_view, 1> kAlways{"Kept"};
  static constexpr std::array<std::string_view, 1> kHidden{"Hidden"};
  static constexpr std::array<std::string_view, 1> kIgnored{"Noise"};
  static constexpr std::array kRefused{Refused{"Ports", "ports are not supported yet"}};
};

namespace {

TEST_CASE("errors say what and where") {
  struct Case {
    std::string text;
    Errc code;
    const char* message;
  };
  const Case cases[] = {
      {"[]", Errc::kInvalid, "expected an object"},
      {R"({"Nonsense":1})", Errc::kInvalid, "unknown field \"Nonsense\""},
      {R"({"Nonsense":null})", Errc::kInvalid, "unknown field \"Nonsense\""},
      {R"({"list":[]})", Errc::kInvalid, "unknown field \"list\""},
      {R"({"":[]})", Errc::kInvalid, "unknown field \"\""},
      {R"({"List":{}})", Errc::kInvalid, "List: expected a list"},
      {R"({"List":[{},{"Small":65536}]})", Errc::kInvalid, "List[1].Small: the number is out of range"},
      {R"({"List":[{"Small":-1}]})", Errc::kInvalid, "List[0].Small: the number may not be negative"},
      {R"({"List":[{"Small":1.5}]})", Errc::kInvalid, "List[0].Small: expected a whole number"},
      {R"({"List":[{"Small":"1"}]})", Errc::kInvalid, "List[0].Small: expected a whole number"},
      {R"({"List":[{"Kept":1}]})", Errc::kInvalid, "List[0].Kept: expected a text"},
      {R"({"List":[{"Hidden":"x"}]})", Errc::kInvalid, "unknown field \"List[0].Hidden\""},
      {R"({"List":[{"Ports":[0,1]}]})", Errc::kUnsupported, "List[0].Ports: ports are not supported yet"},
      {R"({"Flag":"yes"})", Errc::kInvalid, "Flag: expected true or false"},
      {R"({"Meta":{"CreatedAt":"now"}})", Errc::kInvalid, "Meta.CreatedAt: not a time like 2026-11-20T04:41:04.5Z"},
      {R"({"Meta":{"Version":{"Index":18446744073709551616}}})", Errc::kInvalid,
       "Meta.Version.Index: expected a whole number"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    Outer out;
    const Status status = read(*parse(one.text), out);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error() == Error{one.code, one.message});
  }
}

TEST_CASE("null is 'not given', and what is not used is not refused") {
  Outer out;
  out.flag = true;
  CHECK(read(*parse(R"({"List":null,"Flag":null})"), out).ok());
  CHECK(out.flag == true);
  for (const std::string empty : {"null", "[]", "{}", "0", "0.0", "\"\"", "false", R"({"a":{"b":[]},"c":null})"}) {
    CAPTURE(empty);
    CHECK(read(*parse(R"({"List":[{"Noise":[1,2],"Ports":)" + std::string(empty) + "}]}"), out).ok());
  }
}

TEST_CASE("a long name is cut in the message") {
  Outer out;
  const Status status = read(*parse("{\"" + std::string(100'000, 'x') + "\":1}"), out);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message == "unknown field \"" + std::string(64, 'x') + "...\"");
}

TEST_CASE("enumerations list what they accept, and the empty name is the default") {
  RestartPolicy policy;
  CHECK(read(*parse(R"({"Condition":""})"), policy).ok());
  CHECK(policy.condition == RestartCondition::kAny);
  const Status status = read(*parse(R"({"Condition":"sometimes"})"), policy);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message == "Condition: \"sometimes\" is none of any, on-failure, none");
}

TEST_CASE("shapes are written: always, hidden") {
  CHECK(print(write(Inner{.small = 0, .kept = "", .hidden = "secret"})) == R"({"Kept":""})");
}

}  // namespace
}  // namespace es::json
