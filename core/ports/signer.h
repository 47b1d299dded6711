#pragma once
// Signer: keys and certificates. Policy (who gets which, for how long) is core/identity's.

#include <cstddef>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/cluster.h"
#include "core/model/peer_identity.h"

namespace es::ports {

struct CertificateSpan {
  WallTime not_before;
  WallTime not_after;
};

class Signer {
 public:
  virtual ~Signer() = default;

  // A certificate for the key of `signing_request`, by the cluster's authority. Errors: kInvalid,
  // kCorrupt.
  virtual Result<std::string> sign(const std::string& signing_request, const PeerIdentity& subject,
                                   const CertificateSpan& span, const RootCa& root_ca) = 0;

  // A request for this node, with a new key: what an old one may have leaked ends with it. The same
  // key until a certificate for it is in use.
  virtual std::string make_request() = 0;
  // From now on this node presents the certificate, which answers the last request. Errors:
  // kInvalid (for another node, cluster, role or key), kCorrupt, kIo; the old one stays in use then.
  virtual Status install(const std::string& certificate, NodeRole role) = 0;

  // Bytes that nobody can guess, from the operating system; empty: there is no source of them.
  virtual std::string draw_secret(size_t) { return {}; }

  // Of the certificate in use; the role is nothing where it is not known.
  virtual CertificateSpan span() const = 0;
  virtual std::optional<NodeRole> role() const { return std::nullopt; }
};

}  // namespace es::ports
