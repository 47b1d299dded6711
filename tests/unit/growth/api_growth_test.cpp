// What comes in through the API: bodies, filters, images' configurations. Twice the input costs
// twice the work; 160,000 labels once stopped the daemon's loop for 22 s.

#include "core/agent/container.h"
#include "core/orchestrator/command.h"
#include "core/orchestrator/validate.h"
#include "core/state/constraint.h"
#include "core/wire/codec.h"
#include "doctest/doctest.h"
#include "services/api/documents.h"
#include "services/api/filters.h"
#include "services/api/image_document.h"
#include "services/http/message.h"
#include "services/images/image_config.h"
#include "tests/unit/growth/cost.h"

namespace es::growth {
namespace {

// "first" + part(0) + "," + part(1) … + "last"
template <class Part>
std::string repeated(const std::string& first, size_t count, const std::string& last, Part part) {
  std::string text = first;
  for (size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ",") + part(i);
  return text + last;
}

std::string label(size_t i) { return "\"label-" + std::to_string(i * 7919) + "\":\"v\""; }
std::string same_label(size_t) { return "\"label\":\"v\""; }
std::string word(size_t i) { return "\"W" + std::to_string(i) + "=x\""; }

std::string service_with(const std::string& labels, const std::string& container) {
  return R"({"Name":"web","Labels":{)" + labels +
         R"(},"TaskTemplate":{"ContainerSpec":{"Image":"busybox")" + container + "}}}";
}

TEST_CASE("a text of JSON") {
  const auto parsing = [](const std::string& text) {
    return [text] { (void)json::parse(text); };
  };
  const auto objects = [&](auto part) {
    return [=](size_t size) { return parsing(repeated("{", size, "}", part)); };
  };
  check_growth("members", 4'000, 4, objects(label));
  check_growth("members of one name", 4'000, 4, objects(same_label));
  check_growth("members that grow inside each other", 2'000, 4, [&](size_t size) {
    std::string text = repeated("[", size, "]", [](size_t) { return std::string("0"); });
    for (int depth = 0; depth < 60; ++depth) text = "{\"a\":" + text + ",\"b\":1}";
    return parsing(text);
  });
  check_growth("lists in a list", 10'000, 4, [&](size_t size) {
    return parsing(repeated("[", size, "]", [](size_t) { return std::string("[]"); }));
  });
  check_growth("a long number", 10'000, 4,
               [&](size_t size) { return parsing(std::string(size, '9')); });
  check_growth("escapes", 20'000, 4, [&](size_t size) {
    std::string text = "\"";
    for (size_t i = 0; i < size; ++i) text += "\\u20ac";
    return parsing(text + "\"");
  });
}

TEST_CASE("a service's specification, from its text to the leader's answer") {
  const auto creating = [](const std::string& text) {
    return [text] {
      const auto body = json::parse(text);
      REQUIRE(body.ok());
      auto spec = api::read_service_spec(*body);
      if (!spec.ok()) return;
      (void)orchestrator::validate(*spec);
      (void)wire::decode<ServiceSpec>(wire::encode(*spec));
      Service service;
      service.spec = std::move(*spec);
      (void)json::print(api::service_document_with_defaults(std::move(service)));
    };
  };
  check_growth("labels", 2'000, 4, [&](size_t size) {
    return creating(service_with(repeated("", size, "", label), ""));
  });
  for (const std::string name : {"Env", "Args", "Command", "Hosts", "Groups", "CapabilityAdd"}) {
    check_growth(name, 2'000, 4, [&](size_t size) {
      return creating(service_with("", repeated(",\"" + name + "\":[", size, "]", word)));
    });
  }
  check_growth("mounts", 1'000, 4, [&](size_t size) {
    return creating(service_with("", repeated(",\"Mounts\":[", size, "]", [](size_t i) {
      return R"({"Type":"tmpfs","Target":"/m)" + std::to_string(i) + "\"}";
    })));
  });
}

TEST_CASE("what is too much is refused in one sentence that says how much is possible") {
  const auto refusal = [](const std::string& text) {
    const auto body = json::parse(text);
    REQUIRE(body.ok());
    const auto spec = api::read_service_spec(*body);
    REQUIRE(spec.ok());
    const Status status = orchestrator::validate(*spec);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == Errc::kInvalid);
    return status.error().message;
  };
  CHECK(refusal(service_with(repeated("", 160'000, "", label), "")) ==
        "a service can have at most 4096 labels, not 160000");
  CHECK(refusal(service_with("", repeated(",\"Env\":[", 70'000, "]", word))) ==
        "a container can have at most 4096 environment variables, not 70000");
  NodeSpec node;
  for (size_t i = 0; i < 5'000; ++i) node.labels[std::to_string(i)] = "x";
  CHECK(orchestrator::validate(node).error().message ==
        "a node can have at most 4096 labels, not 5000");
  node.labels = {{"long", std::string(200'000, 'x')}};
  CHECK(orchestrator::validate(node).error().message ==
        "the node's specification would have 200014 bytes; at most 131072 are possible");
  ClusterSpec cluster;
  cluster.labels = node.labels;
  CHECK(orchestrator::validate(cluster).error().message ==
        "the cluster's specification would have 200014 bytes; at most 131072 are possible");
}

TEST_CASE("every task has its specification: many tasks and a large one are refused together") {
  ServiceSpec spec;
  spec.name = "web";
  spec.mode.replicated = ReplicatedMode{10'000};
  spec.task.container.image = "busybox";
  spec.task.container.labels["long"] = std::string(4'000, 'x');
  CHECK(orchestrator::validate(spec).ok());
  spec.task.container.labels["long"] = std::string(400'000, 'x');
  CHECK(orchestrator::validate(spec).error().message ==
        "10000 tasks with a specification of 390 KiB need more than 64 MiB of each manager");
  spec.mode.replicated = ReplicatedMode{100};
  CHECK(orchestrator::validate(spec).ok());
}

TEST_CASE("what is accepted can be read again from the log") {
  ServiceSpec spec;
  spec.name = "web";
  spec.mode.replicated.emplace();
  spec.task.container.image = "busybox";
  spec.task.container.args.assign(4'096, "x");
  for (size_t i = 0; i < 4'096; ++i) spec.labels[std::to_string(i)] = "x";
  REQUIRE(orchestrator::validate(spec).ok());
  const auto again = wire::decode<ServiceSpec>(wire::encode(spec));
  REQUIRE(again.ok());
  CHECK(*again == spec);
}

TEST_CASE("filters over a list of rows") {
  const auto asking = [](const std::string& text, size_t rows) {
    return [text, rows] {
      const auto filters = api::Filters::parse(text, {"name", "label"});
      if (!filters.ok()) return;
      size_t fitting = 0;
      for (size_t i = 0; i < rows; ++i) {
        const std::string name = "W" + std::to_string(i);
        fitting += filters->is_any_prefix("name", name) || filters->is_any("name", name);
        fitting += filters->are_labels("label", {{"a", "b"}});
      }
      CHECK(fitting > 0);
    };
  };
  check_growth("values and rows at once", 250, 4, [&](size_t size) {
    return asking(repeated("{\"name\":[", size, "]}", word), size);
  });
  check_growth("values as members", 250, 4, [&](size_t size) {
    return asking(repeated("{\"label\":{", size, "}}", [](size_t i) {
                    return "\"W" + std::to_string(i) + "\":true";
                  }), size);
  });
  CHECK(api::Filters::parse(repeated("{\"name\":[", 5'000, "]}", word), {"name"}).error().message ==
        "filters: \"name\" has more than 4096 values");
}

TEST_CASE("the target of a request") {
  check_growth("parameters", 2'000, 4, [](size_t size) {
    std::string text = "/services?";
    for (size_t i = 0; i < size; ++i) text += "a" + std::to_string(i) + "=%20&";
    return [text] { REQUIRE(http::parse_target(text).ok()); };
  });
}

TEST_CASE("an image's configuration, and its documents") {
  const auto config = [](const std::string& members) {
    return R"({"architecture":"arm64","os":"linux","config":{)" + members + "}}";
  };
  for (const std::string name : {"Labels", "Volumes", "ExposedPorts"}) {
    const std::string value = name == "Labels" ? "\"v\"" : "{}";
    check_growth(name, 2'000, 4, [&](size_t size) {
      const std::string text = config(repeated("\"" + name + "\":{", size, "}", [&](size_t i) {
        return "\"m" + std::to_string(i) + "\":" + value;
      }));
      return [text] { (void)images::read_image_config(text); };
    });
  }
  check_growth("an image's document", 2'000, 4, [](size_t size) {
    ports::Image image;
    for (size_t i = 0; i < size; ++i) {
      image.config.labels["label-" + std::to_string(i)] = "v";
      image.config.volumes.push_back("/volume-" + std::to_string(i));
      image.config.exposed_ports.push_back(std::to_string(i) + "/tcp");
    }
    return [image] {
      (void)json::print(api::image_document(image));
      (void)json::print(api::image_summary(image));
    };
  });
  const auto refused = images::read_image_config(
      config(repeated("\"Labels\":{", 5'000, "}", label)));
  CHECK(refused.error().message.find("more than 4096 labels") != std::string::npos);
}

TEST_CASE("the image's environment and the service's are joined") {
  check_growth("variables", 1'000, 4, [](size_t size) {
    Task task;
    ports::ImageConfig image;
    image.command = {"sh"};
    for (size_t i = 0; i < size; ++i) {
      image.env.push_back("I" + std::to_string(i) + "=x");
      task.spec.container.env.push_back("S" + std::to_string(i) + "=x");
    }
    return [task, image] { REQUIRE(agent::compose_container(task, image, "/").ok()); };
  });
}

TEST_CASE("constraints") {
  check_growth("of one service against one node", 1'000, 4, [](size_t size) {
    std::vector<std::string> expressions;
    Node node;
    for (size_t i = 0; i < size; ++i) {
      node.spec.labels["l" + std::to_string(i)] = "x";
      expressions.push_back("node.labels.l" + std::to_string(i) + "==x");
    }
    return [expressions, node] { CHECK(state::meets_constraints(expressions, node)); };
  });
  check_growth("of one long text", 50'000, 4, [](size_t size) {
    const std::string text = "a=" + std::string(size, '=');
    return [text] { (void)state::parse_constraint(text); };
  });
}

}  // namespace
}  // namespace es::growth
