/* Recursions that run the register file over with each kind of window: sum_callN(n) = n + (n - 1) + ... + 1.
   Every frame keeps n in its highest register that the call leaves to it, so a wrong spill shows in the sum. */
#ifdef __XTENSA__
  .macro recursion name, call, keep, down, up
  .section .text.\name,"ax",@progbits
  .p2align 2
.Laddress_\name:
  .long \name
  .globl \name
\name:
  entry a1, 64                   /* room for the extra save area of CALL12 */
  mov   \keep, a2
  movi  \up, 0
  beqz  a2, 1f
  addi  \down, a2, -1
  l32r  a4, .Laddress_\name
  \call a4
1:
  add   a2, \up, \keep
  retw
  .endm

  recursion sum_call4, callx4, a3, a6, a6
  recursion sum_call8, callx8, a7, a10, a10
  recursion sum_call12, callx12, a11, a14, a14
#endif
