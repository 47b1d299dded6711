# c-ares: names are resolved with it, because getaddrinfo of a static glibc may load a foreign libc and die
# (BOARDS.md, trap 2). cares_config.h stands in for its configure script.
tp_folder(cares cares)
file(GLOB cares_sources ${cares}/src/lib/*.c)
list(FILTER cares_sources EXCLUDE REGEX "windows_port|ares_android")
tp_library(cares
  SOURCES ${cares_sources} INCLUDE ${cares}/include
  PRIVATE_INCLUDE ${ES_THIRD_PARTY_CONFIG}/cares ${cares}/src/lib
  DEFINES HAVE_CONFIG_H _GNU_SOURCE INADDRSZ=4 PUBLIC_DEFINES CARES_STATICLIB
  LIBS Threads::Threads)
