#include "services/daemon/member.h"

#include <utility>

#include "platform/linux/crypto/random.h"

namespace es::daemon {

Result<std::unique_ptr<Member>> Member::start(MemberPorts ports, MemberOptions options,
                                              crypto::NodeIdentity identity,
                                              const ports::Loaded& loaded,
                                              const std::vector<ports::AdoptedContainer>& containers) {
  auto member = std::unique_ptr<Member>(
      new Member(std::move(ports), std::move(options), std::move(identity)));
  ES_CHECK(member->open(loaded, containers));
  return member;
}

Member::Member(MemberPorts ports, MemberOptions options, crypto::NodeIdentity identity)
    : ports_(std::move(ports)),
      options_(std::move(options)),
      clock_(ports_.loop, [this] { driver_->wake(); }),
      transport_(ports_.loop, ports_.log),
      signer_(std::move(identity), options_.identity_folder,
              [this](const crypto::NodeIdentity& made) { return transport_.set_identity(made); }),
      logs_({ports_.loop, signer_.identity().self().node, ports_.log_directory,
             [this](TaskId task) {
               const auto& tasks = node().agent().tasks();
               const auto found = tasks.find(task);
               return found == tasks.end() || is_terminal(found->second.status.state);
             },
             [this](NodeId to, const driver::Envelope& envelope) {
               return driver_->send_log_message(to, envelope);
             }}) {}

Status Member::open(const ports::Loaded& loaded,
                    const std::vector<ports::AdoptedContainer>& containers) {
  options_.node.seed = crypto::OsRandom().next();
  const driver::Ports through{transport_,     ports_.store,  clock_, signer_,
                              ports_.images, ports_.runtime, *this};
  ES_TRY(driver_, driver::Driver::start(through, options_.node, loaded, containers));
  ES_CHECK(transport_.open(*driver_, signer_.identity(), options_.listen,
                           options_.node.gossip_port, node().membership().gossip_keys));
  driver_->begin();
  return {};
}

void Member::log_message(NodeId from, driver::Envelope envelope) {
  std::visit([&](const auto& content) {
    if constexpr (!std::is_same_v<std::remove_cvref_t<decltype(content)>, node::Message>) {
      logs_.receive(from, content);
    }
  }, envelope.content);
}

}  // namespace es::daemon
