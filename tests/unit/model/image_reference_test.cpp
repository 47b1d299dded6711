// The parts of an image's name; how Docker prints them is tested with services/images.

#include <string>

#include "doctest/doctest.h"

#include "core/model/image_reference.h"

namespace es {

TEST_CASE("the name of an image has up to four parts") {
  const std::string digest = "sha256:" + std::string(64, 'a');
  struct Case {
    std::string text;
    ImageReference parts;
  };
  for (const Case& c : {
           Case{"busybox", {"", "busybox", "", ""}},
           Case{"me/app:1.36", {"", "me/app", "1.36", ""}},
           Case{"registry.lan:5000/a/b:2", {"registry.lan:5000", "a/b", "2", ""}},
           Case{"localhost/app@" + digest, {"localhost", "app", "", digest}},
           Case{"UPPER/app", {"UPPER", "app", "", ""}},
           Case{std::string(64, 'a'), {"", std::string_view(digest).substr(7), "", ""}},  // an id may stand for a name
       }) {
    CAPTURE(c.text);
    const auto parts = ImageReference::parse(c.text);
    REQUIRE(parts);
    CHECK(parts->domain == c.parts.domain);
    CHECK(parts->path == c.parts.path);
    CHECK(parts->tag == c.parts.tag);
    CHECK(parts->digest == c.parts.digest);
  }
  for (const std::string text : {"", ":latest", "@sha256:zz", "a@sha256:zz", "UPPER", "UPPER/../x", "a b", "a:", "/a", "a/", "a:5000/"}) {
    CAPTURE(text);
    CHECK_FALSE(ImageReference::parse(text));
  }
}

}  // namespace es
