#include "core/orchestrator/size.h"

#include "core/base/overloaded.h"
#include "core/state/bounds.h"
#include "core/wire/codec.h"

namespace es::orchestrator {

namespace {

// Fewer bytes than this cannot hold a list that decoding would refuse: an element has two bytes at least.
constexpr size_t kSmallBytes = wire::kMaxElements * 2;

// "service web would have 3000123 bytes; at most 1400000 are possible"
template <class T>
Result<size_t> sized(const T& value, const std::string& name) {
  const std::string bytes = wire::encode(value);
  if (bytes.size() > state::kMaxObjectBytes) {
    return invalid(name + " would have " + std::to_string(bytes.size()) + " bytes; at most " +
                   std::to_string(state::kMaxObjectBytes) + " are possible");
  }
  // Every manager has to read it again.
  if (bytes.size() <= kSmallBytes || wire::decode<T>(bytes).ok()) return bytes.size();
  return invalid(name + " has a list with more than " + std::to_string(wire::kMaxElements) + " elements");
}

std::string name_of(const Node& node) {
  if (!node.spec.name.empty()) return "node " + node.spec.name;
  return "node " + (node.description.hostname.empty() ? node.id.to_string() : node.description.hostname);
}

std::string name_of(const Command& command) {
  return std::visit(Overloaded{
      [](const CreateService& create) { return "service " + create.spec.name; },
      [](const UpdateService& update) {
        return "service " + (update.spec.name.empty() ? update.id.to_string() : update.spec.name);
      },
      [](const RemoveService& remove) { return "service " + remove.id.to_string(); },
      [](const UpdateNode& update) { return "node " + update.id.to_string(); },
      [](const RemoveNode& remove) { return "node " + remove.id.to_string(); },
      [](const UpdateCluster&) { return std::string("the cluster"); },
  }, command);
}

// A name may be what is too large.
std::string shortened(std::string name) {
  constexpr size_t kMaxNameBytes = 80;
  if (name.size() <= kMaxNameBytes) return name;
  return name.substr(0, kMaxNameBytes) + "...";
}

}  // namespace

Result<size_t> checked_size(const Command& command) { return sized(command, shortened(name_of(command))); }

Result<size_t> checked_size(const Service& service) {
  const std::string name = shortened("service " + service.spec.name);
  return sized(service, service.previous_spec ? name + " with its previous specification" : name);
}

Result<size_t> checked_size(const Node& node) { return sized(node, shortened(name_of(node))); }

Result<size_t> checked_size(const Cluster& cluster) { return sized(cluster, "the cluster"); }

}  // namespace es::orchestrator
