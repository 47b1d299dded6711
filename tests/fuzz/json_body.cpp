// Bodies of requests: a text becomes a specification, that one a document, and the document the same
// specification again; and what the leader accepts can be read again from its log.

#include "core/orchestrator/command.h"
#include "core/orchestrator/validate.h"
#include "core/wire/codec.h"
#include "services/api/documents.h"
#include "tests/fuzz/input.h"

namespace {

using namespace es;

template <class Spec, class Read, class Write>
void round_trip(const json::Json& body, Read read, Write write) {
  const Result<Spec> spec = read(body);
  if (!spec.ok()) {
    ES_ASSERT(!spec.error().message.empty());
    return;
  }
  const auto printed = json::parse(json::print(write(*spec)));
  ES_ASSERT(printed.ok());
  const Result<Spec> again = read(*printed);
  ES_ASSERT(again.ok() && *again == *spec);
  if (!orchestrator::validate(*spec).ok()) return;
  const auto decoded = wire::decode<Spec>(wire::encode(*spec));
  ES_ASSERT(decoded.ok() && *decoded == *spec);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  const uint8_t kind = input.byte();
  const auto body = json::parse(input.view());
  if (!body.ok()) return 0;
  const auto again = json::parse(json::print(*body));
  ES_ASSERT(again.ok() && json::print(*again) == json::print(*body));
  if (kind % 3 == 0) {
    round_trip<ServiceSpec>(*body, api::read_service_spec, [](const ServiceSpec& spec) {
      Service service;
      service.spec = spec;
      return api::service_document(service)["Spec"];
    });
  } else if (kind % 3 == 1) {
    round_trip<NodeSpec>(*body, api::read_node_spec, [](const NodeSpec& spec) {
      Node node;
      node.spec = spec;
      return api::node_document(node, {})["Spec"];
    });
  } else {
    round_trip<ClusterSpec>(*body, api::read_cluster_spec, api::cluster_spec_document);
  }
  return 0;
}
