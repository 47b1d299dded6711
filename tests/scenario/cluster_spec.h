#pragma once
// How a scenario's options become the specification of a service or the description of a node.

#include "core/model/node.h"
#include "core/model/service.h"
#include "tests/scenario/line.h"

namespace es::scenario {

// "not yet supported: …" for what belongs to later work.
Error not_yet(const std::string& what);

// Takes the options of `service` and `update` out of the line; what is not given stays as it is in
// `spec`, lists that are given replace those before. Errors: kInvalid; kUnsupported for what
// belongs to later work.
Status take_service_options(Line& line, ServiceSpec& spec);

// mode=, max_concurrent=, total=, replicas=. The mode of a service is given once.
Status take_mode(Line& line, ServiceMode& mode);

// Takes cpus=, memory=, arch=, os=, engine.KEY= and generic.KIND= out of the line.
Result<NodeDescription> take_description(Line& line);

// Takes availability=, role= and label.KEY= out of the line. Errors: kInvalid.
Status take_node_options(Line& line, NodeSpec& spec);

}  // namespace es::scenario
