#include "services/daemon/joiner.h"

#include <utility>

#include "core/driver/envelope.h"

namespace es::daemon {

Joiner::Joiner(linux_net::Loop& loop, identity::JoinToken token, std::vector<SocketAddress> managers,
               wire::JoinRequest request, Done done)
    : loop_(loop),
      token_(std::move(token)),
      authority_(*crypto::digest_from(token_.ca_digest)),
      key_(crypto::PrivateKey::generate()),
      request_(std::move(request)),
      done_(std::move(done)),
      to_ask_(std::move(managers)),
      next_(loop, [this] { ask_next(); }) {
  to_ask_.insert(to_ask_.end(), token_.managers.begin(), token_.managers.end());
  request_.secret = token_.secret;
  request_.signing_request = key_.make_request();
  next_.after(milliseconds(0));
}

void Joiner::ask_next() {
  call_.reset();
  while (!to_ask_.empty() && asked_.contains(to_ask_.front())) to_ask_.erase(to_ask_.begin());
  if (to_ask_.empty()) {
    if (!searched_) search();
    else if (!finder_) give_up();
    return;
  }
  const SocketAddress manager = to_ask_.front();
  to_ask_.erase(to_ask_.begin());
  asked_.insert(manager);
  call_ = std::make_unique<linux_net::NewcomerCall>(
      loop_, manager, authority_, driver::encode(driver::Envelope{node::Message{request_}}), kCallPatience,
      [this, manager](Result<std::string> answer) {
        if (!answer.ok()) tried_.push_back(manager.to_string() + ": " + answer.error().message);
        answered(std::move(answer));
      });
}

// The addresses are stale, or there were none: the cluster may still be on this LAN.
void Joiner::search() {
  searched_ = true;
  finder_ = std::make_unique<linux_net::DiscoveryFinder>(
      loop_, authority_,
      [this](std::vector<SocketAddress> found) {
        to_ask_.insert(to_ask_.end(), found.begin(), found.end());
        if (!call_) next_.after(milliseconds(0));
      },
      [this] {
        finder_.reset();
        if (!call_) next_.after(milliseconds(0));
      });
  if (const Status started = finder_->start(loop_.now() + kSearchTime); !started.ok()) {
    tried_.push_back("the LAN: " + started.error().message);
    finder_.reset();
    next_.after(milliseconds(0));
  }
}

void Joiner::answered(Result<std::string> answer) {
  if (!answer.ok()) {
    next_.after(milliseconds(0));
    return;
  }
  auto envelope = driver::decode_as(identity::MessageKind::kJoinReply, *answer);
  const auto* message = envelope.ok() ? std::get_if<node::Message>(&envelope->content) : nullptr;
  const auto* reply = message == nullptr ? nullptr : std::get_if<wire::JoinReply>(&message->body);
  if (reply == nullptr) {
    tried_.push_back("a manager answered with something else than a welcome");
    next_.after(milliseconds(0));
  } else if (!reply->error.empty()) {
    finish(Error{Errc::kUnauthorized, reply->error});
  } else {
    welcome(*reply);
  }
}

void Joiner::welcome(const wire::JoinReply& reply) {
  auto authority = crypto::Certificate::parse_der(reply.ca_certificate);
  auto certificate = crypto::Certificate::parse_der(reply.certificate);
  if (!authority.ok() || !certificate.ok()) {
    finish(corrupt("the manager sent a certificate that cannot be read"));
    return;
  }
  if (authority->digest() != authority_) {
    finish(Error{Errc::kUnauthorized, "the manager sent another authority than the token's"});
    return;
  }
  std::vector<crypto::Certificate> authorities;
  authorities.push_back(std::move(*authority));
  auto identity = crypto::NodeIdentity::make(std::move(*certificate), key_.copy(), std::move(authorities));
  if (!identity.ok()) finish(std::move(identity).error());
  else finish(Joined{reply.membership, std::move(*identity)});
}

void Joiner::give_up() {
  std::string message = "no manager of the swarm could be reached";
  for (const std::string& one : tried_) message += "; " + one;
  if (tried_.empty()) message += "; nobody answered on the LAN";
  message += ". Is a manager up and on this network? `edgeswarm join-token` on it prints a token with its present addresses";
  finish(Error{Errc::kTimeout, std::move(message)});
}

void Joiner::finish(Result<Joined> outcome) {
  if (done_) std::exchange(done_, nullptr)(std::move(outcome));
}

}  // namespace es::daemon
