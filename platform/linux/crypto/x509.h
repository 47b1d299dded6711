#pragma once
// Owner of mbedTLS's parsed certificate. Private to platform/linux.

#include <mbedtls/x509_crt.h>

#include <string_view>

namespace es::crypto {

struct X509 {
  mbedtls_x509_crt native;

  X509() { mbedtls_x509_crt_init(&native); }
  X509(const X509&) = delete;
  X509& operator=(const X509&) = delete;
  ~X509() { mbedtls_x509_crt_free(&native); }

  // Appends to the chain. 0, or an error of mbedTLS.
  int add_der(std::string_view der) {
    return mbedtls_x509_crt_parse_der(&native, reinterpret_cast<const unsigned char*>(der.data()),
                                      der.size());
  }
};

}  // namespace es::crypto
