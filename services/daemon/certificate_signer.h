#pragma once
// CertificateSigner: this node's identity, and the cluster's authority where it leads.

#include <functional>
#include <optional>
#include <string>

#include "core/ports/signer.h"
#include "platform/linux/crypto/node_identity.h"

namespace es::daemon {

class CertificateSigner final : public ports::Signer {
 public:
  // `on_new` hears of each identity that was installed; its error is told to who installs it.
  CertificateSigner(crypto::NodeIdentity identity, std::string folder,
                    std::function<Status(const crypto::NodeIdentity&)> on_new);

  Result<std::string> sign(const std::string& signing_request, const PeerIdentity& subject,
                           const ports::CertificateSpan& span, const RootCa& root_ca) override;
  std::string make_request() override;
  Status install(const std::string& certificate, NodeRole role) override;
  std::string draw_secret(size_t bytes) override;
  ports::CertificateSpan span() const override;
  std::optional<NodeRole> role() const override { return identity_.self().role; }

  const crypto::NodeIdentity& identity() const { return identity_; }

 private:
  crypto::NodeIdentity identity_;
  std::string folder_;
  std::function<Status(const crypto::NodeIdentity&)> on_new_;
  std::optional<crypto::PrivateKey> next_key_;  // of a certificate that is being asked for
};

}  // namespace es::daemon
