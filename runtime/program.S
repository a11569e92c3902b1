/* The program of the executable: bytecode and source map, from files that the build makes. */
    .section .rodata
    .balign 16
    .global program_bytecode, program_bytecode_end, program_source_map, program_source_map_end
program_bytecode:
    .incbin "bytecode.bin"
program_bytecode_end:
program_source_map:
    .incbin "source-map.json"
program_source_map_end:
    .section .note.GNU-stack, "", @progbits
