#include "platform/linux/crypto/mbedtls_error.h"

#include <mbedtls/error.h>
#include <psa/crypto.h>

#include <array>
#include <string>

namespace es::crypto {

Error mbedtls_failure(Errc kind, std::string_view what, int code) {
  std::array<char, 128> words{};
  mbedtls_strerror(code, words.data(), words.size());
  return {kind, std::string(what) + ": " + words.data()};
}

Status start_psa() {
  static const psa_status_t status = psa_crypto_init();
  if (status != PSA_SUCCESS)
    return Error{Errc::kIo,
                 "the crypto library does not start (PSA " + std::to_string(status) + ")"};
  return {};
}

}  // namespace es::crypto
