# zlib, zstd (decompression and the compressor's fast levels) and libarchive (reading tar through them).
tp_folder(zlib zlib)
file(GLOB zlib_sources ${zlib}/*.c)
tp_library(zlib SOURCES ${zlib_sources} INCLUDE ${zlib} DEFINES HAVE_UNISTD_H)

tp_folder(zstd zstd)
file(GLOB zstd_sources ${zstd}/lib/common/*.c ${zstd}/lib/compress/*.c ${zstd}/lib/decompress/*.c)
tp_library(zstd
  SOURCES ${zstd_sources} INCLUDE ${zstd}/lib
  DEFINES ZSTD_DISABLE_ASM ZSTD_LEGACY_SUPPORT=0 DYNAMIC_BMI2=0 ZSTD_NO_INTRINSICS XXH_NAMESPACE=ZSTD_)

tp_folder(archive archive)
set(archive_sources
    acl check_magic entry entry_copy_stat entry_link_resolver entry_sparse entry_stat entry_strmode entry_xattr
    options pack_dev pathmatch rb read read_append_filter read_open_fd read_open_filename read_open_memory
    read_add_passphrase read_data_into_fd read_set_format read_set_options
    read_support_filter_gzip read_support_filter_none read_support_filter_zstd read_support_format_tar
    string string_sprintf util version_details virtual)
list(TRANSFORM archive_sources PREPEND ${archive}/libarchive/archive_)
list(TRANSFORM archive_sources APPEND .c)
set_source_files_properties(${archive}/libarchive/archive_read_support_format_tar.c PROPERTIES
  COMPILE_DEFINITIONS archive_acl_from_text_l=es_ignore_acl)
list(APPEND archive_sources ${CMAKE_SOURCE_DIR}/toolchains/third_party/no_acl.c)
tp_library(archive
  SOURCES ${archive_sources} INCLUDE ${archive}/libarchive
  DEFINES PLATFORM_CONFIG_H="${ES_THIRD_PARTY_CONFIG}/archive_config.h" __LIBARCHIVE_BUILD
  PUBLIC_DEFINES LIBARCHIVE_STATIC
  LIBS tp_zlib tp_zstd)
