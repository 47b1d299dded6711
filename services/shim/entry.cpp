// Where the kernel enters the process. The stack pointer is the argument of shim_entry (main.cpp).

#if defined(__x86_64__)

__asm__(
    ".global _start\n"
    "_start:\n"
    "  xor %ebp, %ebp\n"
    "  mov %rsp, %rdi\n"
    "  and $-16, %rsp\n"
    "  call shim_entry\n");

#elif defined(__aarch64__)

__asm__(
    ".global _start\n"
    "_start:\n"
    "  mov x29, #0\n"
    "  mov x30, #0\n"
    "  mov x0, sp\n"
    "  bl shim_entry\n");

#elif defined(__arm__)

__asm__(
    ".global _start\n"
    ".type _start, %function\n"
    ".arm\n"
    "_start:\n"
    "  mov r11, #0\n"
    "  mov lr, #0\n"
    "  mov r0, sp\n"
    "  bic sp, sp, #7\n"
    "  bl shim_entry\n");

#else
#error "no entry point for this processor"
#endif
