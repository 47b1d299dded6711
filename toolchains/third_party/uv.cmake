# libuv: the Linux sources only.
tp_folder(uv uv)
set(uv_sources
    fs-poll idna inet random strscpy strtok thread-common threadpool timer uv-common uv-data-getter-setters version
    unix/async unix/core unix/dl unix/fs unix/getaddrinfo unix/getnameinfo unix/linux unix/loop unix/loop-watcher
    unix/pipe unix/poll unix/process unix/procfs-exepath unix/proctitle unix/random-devurandom
    unix/random-getrandom unix/random-sysctl-linux unix/signal unix/stream unix/tcp unix/thread unix/tty unix/udp)
list(TRANSFORM uv_sources PREPEND ${uv}/src/)
list(TRANSFORM uv_sources APPEND .c)
tp_library(uv
  SOURCES ${uv_sources} ${ES_THIRD_PARTY_CONFIG}/no_nss.c INCLUDE ${uv}/include PRIVATE_INCLUDE ${uv}/src
  DEFINES _GNU_SOURCE LIBS Threads::Threads ${CMAKE_DL_LIBS})
