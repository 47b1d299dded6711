#pragma once
// ARMv7 (EABI): the system call with five arguments. The number goes into r7, which is Thumb's
// frame pointer: it is saved by hand.

#if defined(__arm__)

namespace es::shim {

inline long raw_call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0) {
  register long r0 __asm__("r0") = a;
  register long r1 __asm__("r1") = b;
  register long r2 __asm__("r2") = c;
  register long r3 __asm__("r3") = d;
  register long r4 __asm__("r4") = e;
  __asm__ volatile(
      "mov r12, r7\n"
      "mov r7, %[number]\n"
      "svc #0\n"
      "mov r7, r12\n"
      : "+r"(r0)
      : [number] "r"(number), "r"(r1), "r"(r2), "r"(r3), "r"(r4)
      : "r12", "memory");
  return r0;
}

}  // namespace es::shim

#endif
