# es_embed_file(TARGET SYMBOL FILE): the bytes of FILE inside TARGET, between the symbols
# es_embedded_<SYMBOL>_begin and es_embedded_<SYMBOL>_end. Declare them as
#   extern "C" const unsigned char es_embedded_shim_begin[], es_embedded_shim_end[];
# TARGET must be of the same folder; it is built again when FILE changes.
function(es_embed_file target symbol file)
  set(assembler ${CMAKE_CURRENT_BINARY_DIR}/embed_${symbol}.S)
  # '%' opens a section's type on every processor; '@' is a comment on ARM.
  file(CONFIGURE OUTPUT ${assembler} @ONLY CONTENT [[
  .section .rodata.es_embedded_@symbol@,"a",%progbits
  .global es_embedded_@symbol@_begin
  .global es_embedded_@symbol@_end
  .balign 16
es_embedded_@symbol@_begin:
  .incbin "@file@"
es_embedded_@symbol@_end:
  .byte 0
  .section .note.GNU-stack,"",%progbits
]])
  set_source_files_properties(${assembler} PROPERTIES OBJECT_DEPENDS ${file})
  target_sources(${target} PRIVATE ${assembler})
endfunction()

# es_embed_program(TARGET SYMBOL PROGRAM): the same for the executable that es_program made.
function(es_embed_program target symbol program)
  get_target_property(folder ${program} RUNTIME_OUTPUT_DIRECTORY) # $<TARGET_FILE:> is not known at this time
  es_embed_file(${target} ${symbol} ${folder}/${program})
  add_dependencies(${target} ${program})
endfunction()
