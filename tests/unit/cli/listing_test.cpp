// Tables, templates and words.

#include "services/cli/listing.h"

#include <algorithm>
#include <sstream>

#include "doctest/doctest.h"
#include "services/cli/human.h"
#include "services/cli/image_name.h"
#include "services/cli/suggest.h"
#include "services/cli/table.h"
#include "services/cli/text_template.h"
#include "services/json/json.h"
#include "tests/unit/cli/recorder.h"

namespace es::cli {
namespace {

using json::Json;

Table tasks() {
  Table table;
  table.columns = {{"ID", 0},     {"NAME", 10},         {"IMAGE", 10},
                   {"NODE", 6},   {"DESIRED STATE", 0}, {"CURRENT STATE", 0},
                   {"ERROR", 12}, {"PORTS", 0}};
  table.rows = {{"4dcyfu6vf1i4", "web.1", "registry.local:5000/team/application:1.24.3",
                 "raspberry-1", "Running", "Running 5 seconds ago", "", ""},
                {"9uecxofarsp1", " \\_ web.1", "busybox:latest", "pi-2", "Shutdown",
                 "Failed 6 seconds ago", "", ""}};
  return table;
}

size_t widest_line(const std::string& text) {
  size_t widest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, text_width(line));
  return widest;
}

TEST_CASE("columns are aligned as Docker aligns them") {
  Table table;
  table.columns = {{"ID", 0}, {"NAME", 0}, {"PORTS", 0}};
  table.rows = {{"4dcyfu6vf1i4", "web", ""}, {"9uecxofarsp1", "größe", "x"}};
  CHECK(table.render(0) ==
        "ID             NAME      PORTS\n"
        "4dcyfu6vf1i4   web\n"
        "9uecxofarsp1   größe     x\n");
}

TEST_CASE("a narrow terminal gets a narrow table, a pipe the whole one") {
  CHECK(tasks().render(0).find("registry.local:5000/team/application:1.24.3") != std::string::npos);
  const std::string narrow = tasks().render(90);
  CHECK(widest_line(narrow) <= 90);
  CHECK(narrow.find("PORTS") == std::string::npos);  // nothing in it
  CHECK(narrow.find("ERROR") == std::string::npos);
  CHECK(narrow.find("registry.loca…") != std::string::npos);
  CHECK(narrow.find("Running 5 seconds ago") != std::string::npos);
  Table service_list;
  service_list.columns = {{"ID", 0},       {"NAME", 12},  {"MODE", 0},
                          {"REPLICAS", 0}, {"IMAGE", 12}, {"PORTS", 0}};
  service_list.rows = {{"4dcyfu6vf1i4", "a-service-with-a-rather-long-name", "replicated", "10/10",
                        "registry.local/application:1", ""}};
  CHECK(widest_line(service_list.render(80)) <= 80);
  Table none = service_list;
  none.rows.clear();
  CHECK(none.render(80) == "ID        NAME      MODE      REPLICAS   IMAGE     PORTS\n");
}

Listing people() {
  Listing listing;
  listing.columns = {{"Name", "NAME"}, {"ID", "ID"}, {"Self", "SELF", false}};
  listing.rows = {{"b", "2", "true"}, {"a", "1", ""}};
  return listing;
}

TEST_CASE("--format") {
  struct Case {
    const char* format;
    const char* result;
  };
  for (const Case& one : {
           Case{"", "NAME      ID\nb         2\na         1\n"},
           {"table", "NAME      ID\nb         2\na         1\n"},
           {"json",
            "{\"ID\":\"2\",\"Name\":\"b\",\"Self\":\"true\"}\n{\"ID\":\"1\",\"Name\":\"a\","
            "\"Self\":\"\"}\n"},
           {"{{.ID}}", "2\n1\n"},
           {"{{ .ID }}\\t{{upper .Name}}!", "2\tB!\n1\tA!\n"},
           {"{{json .}}",
            "{\"ID\":\"2\",\"Name\":\"b\",\"Self\":\"true\"}\n{\"ID\":\"1\",\"Name\":\"a\","
            "\"Self\":\"\"}\n"},
           {"{{json .Name}}", "\"b\"\n\"a\"\n"},
           {"table {{.ID}}\\t{{.Self}}", "ID        SELF\n2         true\n1\n"},
           {"plain", "plain\nplain\n"},
           {"{{.Nope}}", "there is no field .Nope to show"},
           {"{{.ID", "the template has a {{ that is not closed by }}"},
           {"{{range .}}x{{end}}",
            "the template can hold {{.Field}}, {{json .}} and {{index .Labels \"key\"}}, but not "
            "{{range .}}"},
       }) {
    CAPTURE(one.format);
    Recorder recorder;
    const Status printed = people().print(recorder.console, one.format);
    CHECK((printed.ok() ? recorder.out : printed.error().message) == one.result);
  }
}

TEST_CASE("templates over documents") {
  const Json document =
      Json::parse(R"({"Spec":{"Name":"web","Labels":{"a.b":"c"},"Env":["x","y"]},"N":3,"T":true})");
  struct Case {
    const char* text;
    const char* result;
  };
  for (const Case& one : {Case{"{{.Spec.Name}} {{.N}} {{.T}}", "web 3 true"},
                          {"{{index .Spec.Labels \"a.b\"}}", "c"},
                          {"{{.Spec.Env}}", "[x y]"},
                          {"{{.Spec.Labels}}", "map[a.b:c]"},
                          {"{{.Missing.Inner}}", "<no value>"},
                          {"{{json .Missing}}", "null"},
                          {"{{.Spec.Name.Deeper}}", "<no value>"}}) {
    CAPTURE(one.text);
    const auto text = TextTemplate::parse(one.text);
    REQUIRE(text.ok());
    CHECK(*text->render(document, false) == one.result);
  }
}

TEST_CASE("times and sizes in Docker's words") {
  struct Case {
    int64_t seconds;
    const char* text;
  };
  for (const Case& one : {Case{-100, "Less than a second"},
                          {0, "Less than a second"},
                          {1, "1 second"},
                          {59, "59 seconds"},
                          {60, "About a minute"},
                          {119, "About a minute"},
                          {120, "2 minutes"},
                          {1799, "29 minutes"},
                          {3600, "About an hour"},
                          {3 * 3600, "3 hours"},
                          {48 * 3600, "2 days"},
                          {15 * 86400, "2 weeks"},
                          {90 * 86400, "3 months"},
                          {800 * 86400, "2 years"}}) {
    CAPTURE(one.seconds);
    CHECK(human_duration(seconds(one.seconds)) == one.text);
  }
  CHECK(go_duration(seconds(90)) == "1m30s");
  CHECK(go_duration(milliseconds(1500)) == "1.5s");
  CHECK(go_duration({}) == "0s");
  CHECK(human_size(4'261'550) == "4.26MB");
  CHECK(human_size(999'950) == "1MB");
  CHECK(human_memory(512 << 20) == "512MiB");
  CHECK(cpu_text(250'000'000) == "0.25");
  CHECK(natural_less("web.2", "web.10"));
  CHECK(!natural_less("web.10", "web.2"));
  CHECK(natural_less("web.9", "wex.1"));
  CHECK(ellipsis("größer als das", 6) == "größe…");
  CHECK(one_line("a\nb\033[0m") == "a b [0m");
}

TEST_CASE("what came from outside cannot move the cursor, forge a line or turn the writing") {
  struct Case {
    const char* text;
    const char* line;
  };
  for (const Case& c : {
           Case{"pi\nm2  Ready", "pi m2  Ready"}, Case{"\033[2J\033[Hx", " [2J [Hx"},
           Case{"a\tb\r\x7f", "a b  "}, Case{"\u009b2Jx", " 2Jx"},
           Case{"\u202eevil\u2069", " evil "}, Case{"\u2028x", " x"}, Case{"größe…", "größe…"},
           Case{"\u061cx\u200b\u200c\u200d\u2060\u2064y", " x     y"}, Case{"a\u00adb\ufeff", "a b "},
           Case{"\U000e0001x\U000e007f\U000e0100", " x  "}, Case{"\U0001f469\u200d\U0001f467", "\U0001f469 \U0001f467"},
           Case{"\xff\xc3", "??"}, Case{"\xc0\x8a", "??"},  // a newline in two bytes
           Case{"\xe0\x80\x8a", "???"}, Case{"\xed\xa0\x80", "???"}, Case{"\xf5\x80\x80\x80", "????"},
       }) {
    CAPTURE(c.text);
    CHECK(one_line(c.text) == c.line);
  }
  CHECK(shown_json("\"\u061c\u200b\U000e0041\U0001f469\"") == "\"\\u061c\\u200b\\udb40\\udc41\U0001f469\"");
  CHECK(shown_json("{\"a\": \"\u009b\u202e\x7f\"}\n") ==
        "{\"a\": \"\\u009b\\u202e\\u007f\"}\n");
  Table table;
  table.columns = {{"HOSTNAME", 0}, {"STATUS", 0}};
  table.rows = {{"evil\n0123   m2", "Ready\033[8m"}};
  CHECK(table.render(0) == "HOSTNAME         STATUS\nevil 0123   m2   Ready [8m\n");
}

TEST_CASE("names of images") {
  CHECK(with_default_tag("busybox") == "busybox:latest");
  CHECK(with_default_tag("registry:5000/app") == "registry:5000/app:latest");
  CHECK(with_default_tag("registry:5000/app:2") == "registry:5000/app:2");
  CHECK(with_default_tag("app@sha256:00") == "app@sha256:00");
}

TEST_CASE("suggestions are close or not made") {
  const std::vector<std::string> flags{"--replicas", "--restart-delay", "--reserve-cpu", "--name",
                                       "--env"};
  CHECK(nearest("--replcas", flags) == "--replicas");
  CHECK(nearest("--nmae", flags) == "--name");
  CHECK(nearest("--repl", flags) == "--replicas");
  CHECK(!nearest("--xyzzy", flags));
  CHECK(!nearest(std::string(100'000, 'x'), flags));
}

}  // namespace
}  // namespace es::cli
