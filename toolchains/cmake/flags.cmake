# What every file of every target is compiled with, third parties included.

option(ES_PRODUCT "the static, stripped binary that is shipped" OFF)
option(ES_TESTS "build tests/" ON)
option(ES_LOOK_ONLY "warn, and generate nothing" OFF)
option(ES_IN_PIECES "compile eight files of a folder as one, in a third of the time" ON)
option(ES_COVERAGE "count executed lines" OFF)
option(ES_PLANTED_BUGS "let ES_PLANTED_BUG switch on a planted bug (core/base/planted_bug.h)" OFF)
set(ES_DEBUG_INFO 1 CACHE STRING "1: names and lines; 2: variables too, for gdb, in half as much time again")
set(ES_SANITIZE "" CACHE STRING "sanitizers, as -fsanitize= takes them; empty for none")

# The same width of time and file offset in every library, on 32-bit ARM as well.
add_compile_definitions(_FILE_OFFSET_BITS=64 _TIME_BITS=64)

# No path of this machine in the binary or in __FILE__.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Folders differ between checkouts and presets; what is compiled does not. With CCACHE_DEPEND no other checkout would profit: a file that
  # includes eight of ours names them by their whole paths.
  set(launcher env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

if(ES_PRODUCT)
  # Not position-independent: docs/decisions/0005-who-may-speak.md has what that would cost.
  add_compile_options(-Os -ffunction-sections -fdata-sections -fno-pie -fstack-protector-strong
                      -fno-asynchronous-unwind-tables # exceptions need the tables of call sites, not of every instruction
                      $<$<COMPILE_LANGUAGE:CXX>:-funwind-tables>)
  add_compile_definitions(NDEBUG _FORTIFY_SOURCE=2) # ES_ASSERT does not look at NDEBUG; third parties do
  add_link_options(-static -no-pie -Wl,--gc-sections -s)
else()
  add_compile_options(-O1 -g${ES_DEBUG_INFO})
endif()

if(CMAKE_SYSTEM_PROCESSOR STREQUAL arm)
  add_compile_options(-Wno-psabi) # notes about the ABI of GCC 7
  # GNU ld's stub for the Cortex-A8 erratum turns a tail call of memcpy into a call of its IFUNC resolver: in a
  # static binary the copy silently never happens (BOARDS.md, trap 1).
  add_link_options(-Wl,--no-fix-cortex-a8)
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL aarch64)
  # A Raspberry Pi has pages of 4 or 16 KB; the default of 64 KB wastes 49 KB of the file.
  add_link_options(-Wl,-z,max-page-size=16384)
endif()

if(ES_SANITIZE)
  add_compile_options(-fsanitize=${ES_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ES_SANITIZE})
  if(ES_SANITIZE MATCHES fuzzer)
    add_compile_options(-gline-tables-only) # a third of the time to compile
  endif()
  if(ES_SANITIZE MATCHES undefined)
    add_compile_options(-fno-sanitize-recover=all)
  endif()
endif()

if(ES_PLANTED_BUGS)
  if(ES_PRODUCT)
    message(FATAL_ERROR "a product has no planted bugs")
  endif()
  add_compile_definitions(ES_PLANTED_BUGS)
endif()

if(ES_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()

# What our own code answers for; third parties are compiled with -w. ccache calls the compiler with paths relative to
# build/<preset>: __FILE__ starts at the root of the repository all the same.
set(ES_OWN_FLAGS -Wall -Wextra -Wpedantic -Wshadow -Werror -ffile-prefix-map=../../=)

# Sanitizers are for what runs: other builds warn, and GCC warns of what their checks add.
if(ES_SANITIZE AND NOT ES_SANITIZE MATCHES fuzzer)
  set(ES_OWN_FLAGS -w -ffile-prefix-map=../../=)
endif()

# What the rules of CMake become where nobody runs the result: a file of ours is read to its end, all else is an empty file.
if(ES_LOOK_ONLY)
  set(CMAKE_CXX_COMPILE_OBJECT
      "<CMAKE_CXX_COMPILER> <DEFINES> <INCLUDES> <FLAGS> -fsyntax-only <SOURCE>" "${CMAKE_COMMAND} -E touch <OBJECT>")
  foreach(rule CMAKE_C_COMPILE_OBJECT CMAKE_ASM_COMPILE_OBJECT)
    set(${rule} "${CMAKE_COMMAND} -E touch <OBJECT>")
  endforeach()
  foreach(language C CXX)
    set(CMAKE_${language}_ARCHIVE_CREATE "${CMAKE_COMMAND} -E touch <TARGET>")
    set(CMAKE_${language}_ARCHIVE_APPEND "${CMAKE_COMMAND} -E touch <TARGET>")
    set(CMAKE_${language}_ARCHIVE_FINISH "${CMAKE_COMMAND} -E touch <TARGET>")
    set(CMAKE_${language}_LINK_EXECUTABLE "${CMAKE_COMMAND} -E touch <TARGET>")
  endforeach()
endif()
