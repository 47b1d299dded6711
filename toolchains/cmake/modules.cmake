# How a folder of ours becomes a target. A folder without sources is no error: it waits for its first file.

# Files with a name of their own that another file of their folder has too: they are compiled alone.
set(ES_APART
    core/node/leader.cpp
    core/node/replica.cpp
    core/orchestrator/validate.cpp
    platform/linux/images/overlay.cpp
    platform/linux/net/gossip_exchange.cpp
    platform/linux/store/medium.cpp
    platform/linux/store/sqlite_store.cpp
    services/http/response_parser.cpp
    services/http/server.cpp
    services/images/image_library.cpp
    services/images/local_images.cpp
    tests/scenario/raft_message.cpp
    tests/unit/gossip/hostile_test.cpp
    tests/unit/linux_store/rot_test.cpp
    tests/unit/raft/raft_test.cpp
)

# es_in_pieces(TARGET): eight of its files are compiled as one, unless ES_IN_PIECES is off.
function(es_in_pieces target)
  if(ES_IN_PIECES)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    foreach(file ${ES_APART})
      set_source_files_properties(${CMAKE_SOURCE_DIR}/${file} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endforeach()
  endif()
endfunction()

# es_module(raft DEPS base model wire LIBS tp_x): the static library es_raft of the folder's *.cpp.
# DEPS are modules of ours, LIBS any target; EXCEPT names files that belong to a program instead.
# An INTERFACE library while there is no source.
function(es_module name)
  cmake_parse_arguments(arg "" "" "DEPS;LIBS;EXCEPT" ${ARGN})
  list(TRANSFORM arg_DEPS PREPEND es_)
  list(TRANSFORM arg_EXCEPT PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(REMOVE_ITEM sources ${arg_EXCEPT} "")
  if(sources)
    add_library(es_${name} STATIC ${sources})
    target_include_directories(es_${name} PUBLIC ${CMAKE_SOURCE_DIR})
    target_compile_options(es_${name} PRIVATE ${ES_OWN_FLAGS})
    target_link_libraries(es_${name} PUBLIC ${arg_DEPS} ${arg_LIBS})
    es_in_pieces(es_${name})
  else()
    add_library(es_${name} INTERFACE)
    target_include_directories(es_${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(es_${name} INTERFACE ${arg_DEPS} ${arg_LIBS})
  endif()
endfunction()

# es_executable(NAME OUTPUT_DIR SOURCES LIBS...): the target itself; SOURCES is the name of a list.
function(es_executable name output_dir list_of_sources)
  add_executable(${name} ${${list_of_sources}})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${ES_OWN_FLAGS})
  target_link_libraries(${name} PRIVATE ${ARGN})
  es_in_pieces(${name})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${output_dir})
endfunction()

# es_program(NAME OUTPUT_DIR LIBS...): an executable of the folder's *.cpp in build/<preset>/OUTPUT_DIR.
# No target while there is no main.cpp.
function(es_program name output_dir)
  file(GLOB main CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(main)
    es_executable(${name} ${output_dir} sources ${ARGN})
  endif()
endfunction()

# es_unit_test(raft LIBS es_raft): build/<preset>/tests/unit_raft of the folder's *.cpp and doctest's main.
# No target while there is no source.
function(es_unit_test name)
  cmake_parse_arguments(arg "" "" "LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(sources)
    es_executable(unit_${name} tests sources ${arg_LIBS} es_doctest_main)
  endif()
endfunction()
