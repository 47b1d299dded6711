# mbedTLS: TLS, X.509 and crypto in one archive; mbedtls_config.h says what is in it.
tp_folder(mbedtls mbedtls)
file(GLOB mbedtls_sources ${mbedtls}/library/*.c)
tp_library(mbedtls
  SOURCES ${mbedtls_sources} INCLUDE ${mbedtls}/include PRIVATE_INCLUDE ${mbedtls}/library
  PUBLIC_DEFINES MBEDTLS_CONFIG_FILE="${ES_THIRD_PARTY_CONFIG}/mbedtls_config.h"
  LIBS Threads::Threads)
