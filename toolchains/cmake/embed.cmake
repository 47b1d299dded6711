# es_embed_file(TARGET SYMBOL FILE): the bytes of FILE inside TARGET, between the symbols
# es_embedded_<SYMBOL>_begin and es_embedded_<SYMBOL>_end. Declare them as
#   extern "C" const unsigned char es_embedded_shim_begin[], es_embedded_shim_end[];
# FILE may be the output of another target, then name that target as a fourth argument.
function(es_embed_file target symbol file)
  set(assembler ${CMAKE_CURRENT_BINARY_DIR}/embed_${symbol}.S)
  # '%' opens a section's type on every processor; '@' is a comment on ARM.
  file(GENERATE OUTPUT ${assembler} CONTENT
"  .section .rodata.es_embedded_${symbol},\"a\",%progbits
  .global es_embedded_${symbol}_begin
  .global es_embedded_${symbol}_end
  .balign 16
es_embedded_${symbol}_begin:
  .incbin \"${file}\"
es_embedded_${symbol}_end:
  .byte 0
  .section .note.GNU-stack,\"\",%progbits
")
  set_source_files_properties(${assembler} PROPERTIES GENERATED ON OBJECT_DEPENDS "${file}")
  target_sources(${target} PRIVATE ${assembler})
  if(ARGC GREATER 3)
    add_dependencies(${target} ${ARGV3})
  endif()
endfunction()
