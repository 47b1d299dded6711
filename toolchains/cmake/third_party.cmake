# Third-party libraries as targets tp_*, compiled from the sources that `./dev setup` fetched, without our warnings.

if(DEFINED ENV{EDGESWARM_CACHE} AND NOT "$ENV{EDGESWARM_CACHE}" STREQUAL "")
  set(cache $ENV{EDGESWARM_CACHE})
else()
  set(cache $ENV{HOME}/.cache/edgeswarm)
endif()
set(ES_THIRD_PARTY ${cache}/third_party CACHE PATH "where ./dev setup unpacked the third-party sources")
set(ES_THIRD_PARTY_CONFIG ${CMAKE_SOURCE_DIR}/toolchains/third_party)
add_compile_options(-ffile-prefix-map=${ES_THIRD_PARTY}/=third_party/)

# tp_folder(VAR NAME): the folder of a line of third_party.list, as toolchains/dev/third_party.bash names it.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/toolchains/third_party.list)
function(tp_folder variable name)
  file(STRINGS ${CMAKE_SOURCE_DIR}/toolchains/third_party.list line REGEX "^${name} ")
  string(REGEX REPLACE "^[^=]*=([0-9]+:)?([^ ]+) .*$" "\\2" version "${line}")
  set(folder ${ES_THIRD_PARTY}/${name}-${version})
  if(NOT IS_DIRECTORY ${folder})
    message(FATAL_ERROR "no ${folder}; run ./dev setup")
  endif()
  set(${variable} ${folder} PARENT_SCOPE)
endfunction()

# tp_library(NAME [EXCLUDE_FROM_ALL] SOURCES... INCLUDE... PRIVATE_INCLUDE... DEFINES... PUBLIC_DEFINES... LIBS...)
# INCLUDE is what users see, as system headers.
function(tp_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;INCLUDE;PRIVATE_INCLUDE;DEFINES;PUBLIC_DEFINES;LIBS" ${ARGN})
  if(arg_SOURCES)
    add_library(tp_${name} STATIC EXCLUDE_FROM_ALL ${arg_SOURCES})
    target_include_directories(tp_${name} SYSTEM PUBLIC ${arg_INCLUDE})
    target_include_directories(tp_${name} BEFORE PRIVATE ${arg_PRIVATE_INCLUDE})
    target_compile_definitions(tp_${name} PUBLIC ${arg_PUBLIC_DEFINES} PRIVATE ${arg_DEFINES})
    target_compile_options(tp_${name} PRIVATE -w)
    target_link_libraries(tp_${name} PUBLIC ${arg_LIBS})
    # The GNU dialect of C, which is what these libraries are written in.
    set_target_properties(tp_${name} PROPERTIES C_EXTENSIONS ON EXPORT_COMPILE_COMMANDS OFF)
  else()
    add_library(tp_${name} INTERFACE)
    target_include_directories(tp_${name} SYSTEM INTERFACE ${arg_INCLUDE})
    target_compile_definitions(tp_${name} INTERFACE ${arg_PUBLIC_DEFINES})
    target_link_libraries(tp_${name} INTERFACE ${arg_LIBS})
  endif()
endfunction()

foreach(name json doctest cli11)
  tp_folder(${name} ${name})
endforeach()
tp_library(json INCLUDE ${json}/single_include)
tp_library(doctest INCLUDE ${doctest} ${doctest}/doctest)
tp_library(cli11 INCLUDE ${cli11}/include)

# The parser is the same C on every architecture; Debian ships it compiled, its source needs npm to be made.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL arm)
  set(debian_architecture armhf)
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL aarch64)
  set(debian_architecture arm64)
else()
  set(debian_architecture amd64)
endif()
tp_folder(llhttp llhttp-${debian_architecture})
file(GLOB llhttp_archive ${llhttp}/usr/lib/*/libllhttp.a)
tp_library(llhttp INCLUDE ${llhttp}/usr/include LIBS ${llhttp_archive})

include(${ES_THIRD_PARTY_CONFIG}/uv.cmake)
include(${ES_THIRD_PARTY_CONFIG}/mbedtls.cmake)
include(${ES_THIRD_PARTY_CONFIG}/sqlite.cmake)
include(${ES_THIRD_PARTY_CONFIG}/archive.cmake) # and zlib, zstd
include(${ES_THIRD_PARTY_CONFIG}/yaml.cmake)
include(${ES_THIRD_PARTY_CONFIG}/cares.cmake)

# What they share with their callers they guard by pthread's locks, which the thread sanitizer sees. What they do inside is theirs, and costs most of
# the time of a test of the store or of TLS. libuv stays: it synchronises by atomics.
if(ES_SANITIZE MATCHES thread)
  foreach(name sqlite mbedtls)
    target_compile_options(tp_${name} PRIVATE -fno-sanitize=thread)
  endforeach()
endif()
