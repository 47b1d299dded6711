// How each effect is carried out.

#include <utility>

#include "core/identity/certificate_policy.h"
#include "core/scheduler/platform.h"
#include "core/wire/codec.h"
#include "platform/linux/crypto/authority.h"
#include "platform/linux/crypto/random.h"
#include "services/daemon/driver.h"
#include "services/daemon/wall_clock.h"

namespace es::daemon {

namespace {

// What was said to a node last, for example that it was removed, goes out before its connections are closed.
constexpr Duration kGoodbyeTime = milliseconds(100);

Result<std::string> sign(const node::SignCertificate& effect) {
  ES_TRY(auto certificate, crypto::Certificate::parse_der(effect.root_ca.certificate));
  ES_TRY(auto key, crypto::PrivateKey::parse(effect.root_ca.key));
  ES_TRY(const auto authority, crypto::Authority::load(std::move(certificate), std::move(key)));
  ES_TRY(const auto issued, authority.sign(effect.signing_request, effect.subject,
                                           {effect.dates.not_before, effect.dates.not_after}));
  return issued.der();
}

}  // namespace

void Driver::carry_out(node::Effects& effects) {
  for (node::Effect& effect : effects.list) {
    std::visit([this](auto& one) { carry_out(one); }, effect);
  }
  for (const state::Event& change : effects.changes) ports_.on_change(change);
}

// A message that cannot go now is lost, as on any network; raft and the sessions say it again.
void Driver::carry_out(node::SendMessage& effect) {
  const auto* message = std::get_if<raft::Message>(&effect.message.body);
  const bool bulk = message != nullptr && std::holds_alternative<raft::SnapshotChunk>(message->body);
  const Status sent = links_.send(effect.to, effect.address, wire::encode(Envelope{std::move(effect.message)}),
                                  bulk ? linux_net::Channel::kBulk : linux_net::Channel::kControl);
  // A full queue means that what was sent before may be all the peer gets for a while: its session has a hole now.
  if (!sent.ok() && sent.error().code == Errc::kLimit) inbox_.push_back(node::PeerLost{effect.to});
}

void Driver::carry_out(node::AnswerStranger& effect) {
  // A stranger that is gone needs no answer.
  static_cast<void>(links_.reply(effect.connection, wire::encode(Envelope{std::move(effect.message)})).ok());
}

void Driver::carry_out(node::SendDatagram& effect) {
  static_cast<void>(gossip_->send(effect.to, effect.bytes).ok());  // counted there; gossip does not rely on any one
}

void Driver::carry_out(node::SendSync& effect) {
  exchange_->ask(effect.to, effect.bytes, [](const Result<std::string>&) {});
}

void Driver::carry_out(node::Persist& effect) {
  ports_.store.write(std::move(effect.batch), [this, alive = alive_, id = effect.id](Status status) {
    if (*alive) handle(node::Persisted{id, std::move(status)});
  });
}

void Driver::carry_out(node::AnswerCommand& effect) {
  if (auto waiting = commands_.extract(effect.request)) waiting.mapped()(std::move(effect.outcome));
}

void Driver::carry_out(node::AnswerRead& effect) {
  if (auto waiting = reads_.extract(effect.request)) waiting.mapped()(std::move(effect.status));
}

void Driver::carry_out(node::SignCertificate& effect) {
  inbox_.push_back(node::CertificateSigned{effect.request, sign(effect)});
}

// A new key for each certificate: what an old one may have leaked ends with it.
void Driver::carry_out(node::MakeSigningRequest&) {
  next_key_ = crypto::PrivateKey::generate();
  inbox_.push_back(node::SigningRequestMade{next_key_->make_request()});
}

void Driver::carry_out(node::InstallCertificate& effect) {
  if (!next_key_) return;
  auto certificate = crypto::Certificate::parse_der(effect.certificate);
  if (!certificate.ok()) {
    ports_.log("the new certificate cannot be read: " + certificate.error().message);
    return;
  }
  auto identity = crypto::NodeIdentity::make(std::move(*certificate), std::move(*next_key_), identity_.authorities());
  next_key_.reset();
  if (!identity.ok()) {
    ports_.log("the new certificate is not for this node: " + identity.error().message);
    return;
  }
  if (const Status saved = identity->save(options_.identity_folder); !saved.ok()) {
    ports_.log("the new certificate cannot be kept: " + saved.error().message);
    return;
  }
  identity_ = std::move(identity).value();
  if (const Status used = links_.set_identity(identity_); !used.ok()) ports_.log(used.error().message);
  arm_renewal();
}

void Driver::carry_out(node::Disconnect& effect) {
  to_disconnect_.push_back(effect.node);
  disconnect_.after(kGoodbyeTime);
}

void Driver::carry_out(node::UseGossipKeys& effect) {
  auto for_datagrams = crypto::KeyRing::make(effect.keys);
  auto for_exchange = crypto::KeyRing::make(effect.keys);
  if (!for_datagrams.ok() || !for_exchange.ok()) return;
  gossip_->set_keys(std::move(for_datagrams).value());
  exchange_->set_keys(std::move(for_exchange).value());
}

void Driver::carry_out(node::ForgetCluster& effect) {
  if (on_end_) std::exchange(on_end_, nullptr)(std::move(effect.reason));
}

void Driver::carry_out(node::Log& effect) { ports_.log(std::move(effect.text)); }

void Driver::carry_out(agent::PrepareTask& effect) {
  const auto image = ports_.images.find(effect.image);
  if (!image) {
    inbox_.push_back(node::TaskPrepared{effect.task, not_found("No such image: " + effect.image +
                                                               " (load it on this node with `edgeswarm image load`)")});
    return;
  }
  const TaskId task = effect.task;
  if (!scheduler::runs(node_->description().platform, image->platform)) {
    inbox_.push_back(node::TaskPrepared{
        task, invalid("image " + effect.image + " is for " + image->platform.os + "/" + image->platform.architecture +
                      image->platform.variant + " and cannot run on this node")});
    return;
  }
  ports_.images.mount(task, image->id, [this, alive = alive_, task, config = image->config](Result<std::string> rootfs) {
    if (!*alive) return;
    if (!rootfs.ok()) handle(node::TaskPrepared{task, std::move(rootfs).error()});
    else handle(node::TaskPrepared{task, agent::Prepared{std::move(*rootfs), config}});
  });
}

void Driver::carry_out(agent::StartContainer& effect) { ports_.runtime.start(std::move(effect.config)); }

void Driver::carry_out(agent::StopContainer& effect) { ports_.runtime.stop(effect.task); }

void Driver::carry_out(agent::RemoveContainer& effect) {
  ports_.runtime.remove(effect.task);
  ports_.images.unmount(effect.task);
}

// By this machine's clock, which may be wrong: renewing too early or too late harms nobody (DESIGN D4).
void Driver::arm_renewal() {
  const crypto::Validity validity = identity_.certificate().validity();
  Prng prng(crypto::OsRandom().next());
  const WallTime renew_at = identity::draw_renewal({validity.not_before, validity.not_after}, prng);
  const Duration wait = renew_at - wall_now();
  renewal_.at(ports_.loop.now() + (wait < minutes(1) ? minutes(1) : wait));
}

}  // namespace es::daemon
