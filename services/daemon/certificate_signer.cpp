#include "services/daemon/certificate_signer.h"

#include <utility>

#include "platform/linux/crypto/authority.h"
#include "platform/linux/crypto/random.h"

namespace es::daemon {

CertificateSigner::CertificateSigner(crypto::NodeIdentity identity, std::string folder,
                                     std::function<Status(const crypto::NodeIdentity&)> on_new)
    : identity_(std::move(identity)), folder_(std::move(folder)), on_new_(std::move(on_new)) {}

Result<std::string> CertificateSigner::sign(const std::string& signing_request,
                                            const PeerIdentity& subject,
                                            const ports::CertificateSpan& span,
                                            const RootCa& root_ca) {
  ES_TRY(auto certificate, crypto::Certificate::parse_der(root_ca.certificate));
  ES_TRY(auto key, crypto::PrivateKey::parse(root_ca.key));
  ES_TRY(const auto authority, crypto::Authority::load(std::move(certificate), std::move(key)));
  ES_TRY(const auto issued,
         authority.sign(signing_request, subject, {span.not_before, span.not_after}));
  return issued.der();
}

std::string CertificateSigner::make_request() {
  if (!next_key_) next_key_ = crypto::PrivateKey::generate();
  return next_key_->make_request();
}

Status CertificateSigner::install(const std::string& der, NodeRole role) {
  if (!next_key_) return invalid("nobody asked for it");
  ES_TRY(auto certificate, crypto::Certificate::parse_der(der));
  ES_TRY(auto identity, crypto::NodeIdentity::make(std::move(certificate), next_key_->copy(),
                                                   identity_.authorities()));
  const PeerIdentity& own = identity_.self();
  if (identity.self() != PeerIdentity{own.cluster, own.node, role}) {
    return invalid("it is for another node or another role");
  }
  ES_CHECK(identity.save(folder_));
  next_key_.reset();
  identity_ = std::move(identity);
  return on_new_(identity_);
}

std::string CertificateSigner::draw_secret(size_t bytes) { return crypto::random_bytes(bytes); }

ports::CertificateSpan CertificateSigner::span() const {
  const crypto::Validity validity = identity_.certificate().validity();
  return {validity.not_before, validity.not_after};
}

}  // namespace es::daemon
