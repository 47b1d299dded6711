# How a folder of ours becomes a target. A folder without sources is no error: it waits for its first file.

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
