#include "platform/linux/crypto/node_identity.h"

#include <unistd.h>

#include <algorithm>

#include "core/base/assert.h"
#include "platform/linux/crypto/atomic_file.h"
#include "platform/linux/crypto/authority.h"

namespace es::crypto {

namespace {

constexpr size_t kMaxAuthorities = 4;
constexpr size_t kFileMaxBytes = 64 * 1024;

std::string path_in(const std::string& directory) { return directory + "/node.pem"; }

}  // namespace

Result<NodeIdentity> NodeIdentity::make(Certificate certificate, PrivateKey key,
                                        std::vector<Certificate> authorities) {
  if (authorities.empty() || authorities.size() > kMaxAuthorities)
    return invalid("a node trusts one to four authorities");
  for (const Certificate& authority : authorities) {
    if (!authority.is_authority())
      return invalid("a certificate that is to be trusted is not one of an authority");
  }
  if (!belongs_to(certificate, key))
    return invalid("the node's key does not belong to its certificate");
  const auto signs = [&](const Certificate& authority) {
    return certificate.is_signed_by(authority);
  };
  if (std::none_of(authorities.begin(), authorities.end(), signs)) {
    return invalid("the node's certificate is not signed by an authority that the node trusts");
  }
  ES_TRY(const PeerIdentity self, certificate.identity());
  return NodeIdentity(self, std::move(certificate), std::move(key), std::move(authorities));
}

bool NodeIdentity::exists(const std::string& directory) { return access(path_in(directory).c_str(), F_OK) == 0; }

Result<NodeIdentity> NodeIdentity::load(const std::string& directory) {
  ES_TRY(const Secret text, read_file(path_in(directory), kFileMaxBytes));
  ES_TRY(std::vector<Certificate> chain, Certificate::parse_pem(text.view()));
  ES_TRY(PrivateKey key, PrivateKey::parse(text.view()));
  Certificate own = std::move(chain.front());
  chain.erase(chain.begin());
  return make(std::move(own), std::move(key), std::move(chain));
}

Status NodeIdentity::save(const std::string& directory) const {
  std::string certificates = certificate_.to_pem();
  for (const Certificate& authority : authorities_) certificates += authority.to_pem();
  const Secret key = key_.to_pem();
  Secret text(certificates.size() + key.size());
  std::copy(certificates.begin(), certificates.end(), text.data());
  std::copy_n(key.view().begin(), key.size(), text.data() + certificates.size());
  return write_file_atomically(path_in(directory), text.view(), 0600);
}

Status NodeIdentity::erase(const std::string& directory) { return remove_file(path_in(directory)); }

const Certificate& NodeIdentity::issuer() const {
  const auto signs = [&](const Certificate& authority) {
    return certificate_.is_signed_by(authority);
  };
  const auto found = std::find_if(authorities_.begin(), authorities_.end(), signs);
  ES_ASSERT(found != authorities_.end());
  return *found;
}

NodeIdentity NodeIdentity::copy() const { return {self_, certificate_, key_.copy(), authorities_}; }

}  // namespace es::crypto
