#pragma once
// Errors of mbedTLS as ours. Private to platform/linux.

#include <string_view>

#include "core/base/result.h"

namespace es::crypto {

// "WHAT: words of mbedTLS". Pre: code < 0.
Error mbedtls_failure(Errc kind, std::string_view what, int code);

// TLS 1.3 and key exchange go through PSA, which is set up once for each process. Errors: kIo.
Status start_psa();

}  // namespace es::crypto
