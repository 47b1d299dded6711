# SQLite: the amalgamation without what we do not call. THREADSAFE=2: a connection belongs to one thread.
# Kept on purpose: memory statistics, without which there is no heap limit, every journal mode, error texts, extended error codes, virtual file systems.
tp_folder(sqlite sqlite)
tp_library(sqlite
  SOURCES ${sqlite}/sqlite3.c INCLUDE ${sqlite} LIBS Threads::Threads
  DEFINES
    HAVE_FDATASYNC=1 HAVE_USLEEP=1 USE_PREAD=1 # which SQLite does not assume by itself
    SQLITE_THREADSAFE=2 SQLITE_DQS=0 SQLITE_DEFAULT_SYNCHRONOUS=2 SQLITE_DEFAULT_WAL_SYNCHRONOUS=2
    SQLITE_DEFAULT_FOREIGN_KEYS=0 SQLITE_TEMP_STORE=2 SQLITE_MAX_EXPR_DEPTH=0
    SQLITE_MAX_MMAP_SIZE=0 SQLITE_USE_ALLOCA SQLITE_LIKE_DOESNT_MATCH_BLOBS SQLITE_UNTESTABLE
    SQLITE_OMIT_LOAD_EXTENSION # dlopen does not belong into a static binary
    SQLITE_OMIT_DECLTYPE SQLITE_OMIT_DEPRECATED SQLITE_OMIT_PROGRESS_CALLBACK SQLITE_OMIT_SHARED_CACHE
    SQLITE_OMIT_JSON SQLITE_OMIT_UTF16 SQLITE_OMIT_COMPLETE SQLITE_OMIT_TCL_VARIABLE SQLITE_OMIT_GET_TABLE
    SQLITE_OMIT_TRACE SQLITE_OMIT_DESERIALIZE)
# balance_nonroot() picks one of two arrays of different sizes before it indexes; GCC's object-size check takes the smaller one's bound
# for the larger. AddressSanitizer, which looks at the memory itself, has nothing to say.
target_compile_options(tp_sqlite PRIVATE -fno-sanitize=object-size)
