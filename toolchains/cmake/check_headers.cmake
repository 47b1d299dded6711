# check_headers: every header of ours compiles alone, after nothing and twice. Not part of `all`.
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}
  ${CMAKE_SOURCE_DIR}/core/*.h ${CMAKE_SOURCE_DIR}/platform/*.h ${CMAKE_SOURCE_DIR}/services/*.h
  ${CMAKE_SOURCE_DIR}/tests/*.h)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(arm|aarch64)")
  list(FILTER headers EXCLUDE REGEX "/[a-z0-9_]*_(x86|x86_64)\\.h$")
else()
  list(FILTER headers EXCLUDE REGEX "/[a-z0-9_]*_(arm|aarch64)\\.h$") # inline assembler of the other processor
endif()
set(sources)
foreach(header ${headers})
  set(source ${CMAKE_BINARY_DIR}/check_headers/${header}.cpp)
  set(content "#include \"${header}\"\n#include \"${header}\"\n")
  set(existing "")
  if(EXISTS ${source})
    file(READ ${source} existing)
  endif()
  if(NOT existing STREQUAL content)
    file(WRITE ${source} ${content})
  endif()
  list(APPEND sources ${source})
endforeach()
if(sources)
  add_library(check_headers OBJECT EXCLUDE_FROM_ALL ${sources})
  target_include_directories(check_headers PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(check_headers PRIVATE ${ES_OWN_FLAGS} -O0 -g0)
  target_link_libraries(check_headers PRIVATE
    tp_uv tp_mbedtls tp_sqlite tp_zlib tp_zstd tp_archive tp_json tp_cli11 tp_llhttp tp_doctest)
endif()
