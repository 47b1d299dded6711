#pragma once
// FakeSigner: certificates without crypto. A certificate is its subject in plain bytes; the one in
// use outlives the daemon, as the identity file does.

#include <optional>
#include <string>

#include "core/ports/signer.h"
#include "core/wire/codec.h"

namespace es::sim {

class FakeSigner final : public ports::Signer {
 public:
  Result<std::string> sign(const std::string& signing_request, const PeerIdentity& subject,
                           const ports::CertificateSpan& span, const RootCa&) override {
    span_ = span;
    if (!signing_request.starts_with(kRequest)) return invalid("no request for a certificate");
    PeerIdentity dated = subject;
    dated.valid_from = span.not_before;
    return wire::encode(dated);
  }

  std::string make_request() override {
    asked_ = true;
    return std::string(kRequest);
  }

  Status install(const std::string& certificate, NodeRole role) override {
    if (!asked_) return invalid("nobody asked for it");
    ES_TRY(PeerIdentity subject, wire::decode<PeerIdentity>(certificate));
    if (identity_ && subject.node != identity_->node) return invalid("it is for another node");
    if (subject.role != role) return invalid("it is for another role");
    asked_ = false;
    identity_ = std::move(subject);
    return {};
  }

  // Different on every board and at each call.
  std::string draw_secret(size_t bytes) override {
    std::string secret = (identity_ ? identity_->node.to_string() : "") + std::to_string(++drawn_);
    secret.insert(0, bytes, 's');
    return secret.substr(secret.size() - bytes);
  }

  ports::CertificateSpan span() const override { return span_; }
  std::optional<NodeRole> role() const override { return identity_ ? std::optional(identity_->role) : std::nullopt; }

  // What the others see of this board; nothing: it has no certificate.
  const std::optional<PeerIdentity>& identity() const { return identity_; }
  void set_identity(PeerIdentity identity) { identity_ = std::move(identity); }
  void erase() { identity_.reset(); }
  // The key that was made for a request is only in memory.
  void daemon_died() { asked_ = false; }

 private:
  static constexpr std::string_view kRequest = "request";

  std::optional<PeerIdentity> identity_;
  ports::CertificateSpan span_;
  bool asked_ = false;
  uint64_t drawn_ = 0;
};

}  // namespace es::sim
