// How each effect is carried out.

#include <utility>

#include "core/driver/driver.h"
#include "core/scheduler/platform.h"

namespace es::driver {

void Driver::carry_out(node::Effects& effects) {
  for (node::Effect& effect : effects.list) {
    ports_.host.carrying_out(effect);
    std::visit([this](auto& one) { carry_out(one); }, effect);
  }
  for (const state::Event& change : effects.changes) ports_.host.changed(change);
}

// A message that cannot go now is lost, as on any network; raft and the sessions say it again.
void Driver::carry_out(node::SendMessage& effect) {
  const auto* message = std::get_if<raft::Message>(&effect.message.body);
  const bool bulk =
      message != nullptr && std::holds_alternative<raft::SnapshotChunk>(message->body);
  const NodeId to = effect.to;
  if (effect.everywhere) return ports_.transport.send_everywhere(to, effect.address, encode(Envelope{std::move(effect.message)}));
  const Status sent = ports_.transport.send(
      to, effect.address, bulk ? ports::Channel::kBulk : ports::Channel::kControl,
      encode(Envelope{std::move(effect.message)}));
  // A full queue means that what was sent before may be all the peer gets for a while: its session
  // has a hole now.
  if (!sent.ok() && sent.error().code == Errc::kLimit) inbox_.push_back(node::PeerLost{to});
}

void Driver::carry_out(node::AnswerStranger& effect) {
  ports_.transport.reply(effect.connection, encode(Envelope{std::move(effect.message)}));
}

void Driver::carry_out(node::SendDatagram& effect) {
  ports_.transport.send_datagram(effect.to, effect.bytes);
}

void Driver::carry_out(node::SendSync& effect) {
  ports_.transport.send_sync(effect.to, effect.bytes);
}

void Driver::carry_out(node::Persist& effect) {
  ports_.store.write(std::move(effect.batch),
                     [this, alive = alive_, id = effect.id](Status status) {
                       if (*alive) handle(node::Persisted{id, std::move(status)});
                     });
}

void Driver::carry_out(node::ReopenStore&) {
  ports_.store.reopen([this, alive = alive_](Result<ports::Loaded> loaded) {
    if (*alive) handle(node::StoreReopened{std::move(loaded)});
  });
}

void Driver::carry_out(node::AnswerCommand& effect) {
  if (auto waiting = commands_.extract(effect.request)) {
    waiting.mapped()(std::move(effect.outcome));
  }
}

void Driver::carry_out(node::AnswerRead& effect) {
  if (auto waiting = reads_.extract(effect.request)) waiting.mapped()(std::move(effect.status));
}

void Driver::carry_out(node::SignCertificate& effect) {
  inbox_.push_back(node::CertificateSigned{
      effect.request,
      ports_.signer.sign(effect.signing_request, effect.subject,
                         {effect.dates.not_before, effect.dates.not_after}, effect.root_ca)});
}

void Driver::carry_out(node::MakeSigningRequest&) {
  inbox_.push_back(node::SigningRequestMade{ports_.signer.make_request()});
}

void Driver::carry_out(node::InstallCertificate& effect) {
  Status installed = ports_.signer.install(effect.certificate, effect.role);
  if (installed.ok()) arm_renewal();
  inbox_.push_back(node::CertificateInstalled{std::move(installed)});
}

void Driver::carry_out(node::Disconnect& effect) {
  to_disconnect_.push_back(effect.node);
  goodbye_at_ = ports_.clock.now() + kGoodbyeTime;
}

void Driver::carry_out(node::UseGossipKeys& effect) {
  ports_.transport.use_gossip_keys(effect.keys);
}

void Driver::carry_out(node::ForgetCluster& effect) {
  if (!std::exchange(ended_, true)) ports_.host.ended(std::move(effect.reason));
}

void Driver::carry_out(node::CloseTransport&) { ports_.transport.close(); }

void Driver::carry_out(node::SeekManagers&) { ports_.transport.seek_managers(); }

void Driver::carry_out(node::DrawSecret& effect) {
  std::string secret = ports_.signer.draw_secret(effect.bytes);
  if (secret.size() == effect.bytes) inbox_.push_back(node::SecretDrawn{std::move(secret)});
}

void Driver::carry_out(node::Log& effect) { ports_.host.log(std::move(effect.text)); }

void Driver::carry_out(agent::PrepareTask& effect) {
  const TaskId task = effect.task;
  const auto image = ports_.images.find(effect.image);
  if (!image) {
    inbox_.push_back(node::TaskPrepared{
        task, not_found("No such image: " + effect.image +
                        " (load it on this node with `edgeswarm image load`)")});
    return;
  }
  const Platform& platform = image->platform;
  if (!scheduler::runs(node_->description().platform, platform)) {
    inbox_.push_back(node::TaskPrepared{
        task, invalid("image " + effect.image + " is for " + platform.os + "/" +
                      platform.architecture + platform.variant + " and cannot run on this node")});
    return;
  }
  ports_.images.mount(
      task, image->id,
      [this, alive = alive_, task, config = image->config](Result<std::string> rootfs) {
        if (!*alive) return;
        if (!rootfs.ok()) handle(node::TaskPrepared{task, std::move(rootfs).error()});
        else handle(node::TaskPrepared{task, agent::Prepared{std::move(*rootfs), config}});
      });
}

void Driver::carry_out(agent::StartContainer& effect) {
  ports_.runtime.start(std::move(effect.config));
}

void Driver::carry_out(agent::StopContainer& effect) { ports_.runtime.stop(effect.task); }

void Driver::carry_out(agent::RemoveContainer& effect) {
  ports_.runtime.remove(effect.task);
  ports_.images.unmount(effect.task);
}

}  // namespace es::driver
