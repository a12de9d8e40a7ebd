/* Start-up and window handling for the LX6 (Xtensa, windowed ABI).

   Registers a0..a15 are a window on a larger physical file. CALL4/8/12 turns the window by 1, 2 or 3 groups of
   four; when it would run into a caller's live registers the hardware takes a window-overflow exception, whose
   handler spills that caller's registers to its stack; a return into a spilled caller takes window-underflow,
   which loads them back. The stack layout is fixed by the ABI: a0..a3 of a frame lie in the 16 bytes below the
   stack pointer of the frame it called; a4..a7 (a11), where the callee left them free, lie below the stack pointer
   of the frame above it, found through the saved a1 at [sp - 12].

   Each handler starts at its fixed offset from VECBASE and has 64 bytes. */

  .section .note.GNU-stack,"",@progbits

/* The emulator's reset vector: outside the ESP32's address map, hence on its own. */
  .section .reset,"ax",@progbits
  .globl _reset
_reset:
  j     1f
  .p2align 2
.Lstart_address:
  .long _start
1:
  l32r  a0, .Lstart_address
  jx    a0

  .section .vectors,"ax",@progbits
  .p2align 10
  .globl _vectors
_vectors:

  .org  _vectors + 0x00           /* overflow 4: a5 is the stack pointer of the frame that was called */
  s32e  a0, a5, -16
  s32e  a1, a5, -12
  s32e  a2, a5, -8
  s32e  a3, a5, -4
  rfwo

  .org  _vectors + 0x40           /* underflow 4 */
.Lunderflow4:
  l32e  a0, a5, -16
  l32e  a1, a5, -12
  l32e  a2, a5, -8
  l32e  a3, a5, -4
  rfwu

  .org  _vectors + 0x80           /* overflow 8 */
  s32e  a0, a9, -16
  l32e  a0, a1, -12               /* stack pointer of our caller: a4..a7 go below it */
  s32e  a1, a9, -12
  s32e  a2, a9, -8
  s32e  a3, a9, -4
  s32e  a4, a0, -32
  s32e  a5, a0, -28
  s32e  a6, a0, -24
  s32e  a7, a0, -20
  rfwo

  .org  _vectors + 0xC0           /* underflow 8 */
.Lunderflow8:
  l32e  a1, a9, -12
  l32e  a0, a9, -16
  l32e  a7, a1, -12
  l32e  a2, a9, -8
  l32e  a3, a9, -4
  l32e  a4, a7, -32
  l32e  a5, a7, -28
  l32e  a6, a7, -24
  l32e  a7, a7, -20
  rfwu

  .org  _vectors + 0x100          /* overflow 12 */
  s32e  a0, a13, -16
  l32e  a0, a1, -12
  s32e  a1, a13, -12
  s32e  a2, a13, -8
  s32e  a3, a13, -4
  s32e  a4, a0, -48
  s32e  a5, a0, -44
  s32e  a6, a0, -40
  s32e  a7, a0, -36
  s32e  a8, a0, -32
  s32e  a9, a0, -28
  s32e  a10, a0, -24
  s32e  a11, a0, -20
  rfwo

  .org  _vectors + 0x140          /* underflow 12 */
.Lunderflow12:
  l32e  a1, a13, -12
  l32e  a0, a13, -16
  l32e  a11, a1, -12
  l32e  a2, a13, -8
  l32e  a3, a13, -4
  l32e  a4, a11, -48
  l32e  a5, a11, -44
  l32e  a6, a11, -40
  l32e  a7, a11, -36
  l32e  a8, a11, -32
  l32e  a9, a11, -28
  l32e  a10, a11, -24
  l32e  a11, a11, -20
  rfwu

  .org  _vectors + 0x300          /* exception in kernel mode */
  wsr   a0, excsave1
  j     .Lexception
  .org  _vectors + 0x340          /* exception in user mode */
  wsr   a0, excsave1
  j     .Lexception
  .org  _vectors + 0x3C0          /* exception within an exception */
  j     .Lfatal

  .org  _vectors + 0x400
.Lexception:
  rsr   a0, exccause
  bnei  a0, 5, .Lfatal            /* 5: alloca */

  /* MOVSP moves the stack pointer, and with it the 16 bytes where the caller's a0..a3 may lie spilled. It faults
     when they do. Cure: reload the caller, then run MOVSP again. The underflow handler does just that, if we look
     as if the return into the caller had faulted: window turned back to the caller, PS.OWB (the window to come
     back to) the present one. The registers we then use as scratch are the caller's, which are free: spilled. */
  rsr   a0, windowbase
  rotw  -1                        /* present a0 is now a4 */
  rsr   a2, ps
  extui a3, a2, 8, 4              /* PS.OWB */
  xor   a3, a3, a4
  rsr   a4, excsave1              /* the return address: its top two bits say how the caller called */
  slli  a3, a3, 8
  xor   a2, a2, a3                /* PS.OWB = present window */
  wsr   a2, ps
  rsync
  bbsi  a4, 31, 1f
  j     .Lunderflow4              /* 01: CALL4 */
1:
  rotw  -1
  bbsi  a8, 30, 2f
  j     .Lunderflow8              /* 10: CALL8 */
2:
  rotw  -1
  j     .Lunderflow12             /* 11: CALL12 */

.Lfatal:                          /* end the emulator with status 100 + cause */
  rsr   a3, exccause
  addi  a3, a3, 100
  movi  a2, 1
  .byte 0x00, 0x51, 0x00          /* SIMCALL */
3:
  j     3b

  .p2align 2
.Lstack_top:  .long _stack_top
.Lvectors:    .long _vectors
.Lps:         .long 0x40020       /* PS: window overflow enabled (bit 18), user vectors (bit 5) */
.Lmain:       .long start_c
  .globl _start
_start:
  movi  a0, 0
  wsr   a0, windowbase
  rsync
  movi  a2, 1
  wsr   a2, windowstart           /* one live frame: this one */
  rsync
  l32r  a1, .Lstack_top
  l32r  a2, .Lvectors
  wsr   a2, vecbase
  movi  a2, 255
  wsr   a2, cpenable              /* coprocessors on: the FPU is one */
  l32r  a2, .Lps
  wsr   a2, ps
  rsync
  movi  a0, 0                     /* the outermost frame: no return address */
  l32r  a8, .Lmain
  callx8 a8
4:
  j     4b

/* int simcall(int number, int a, int b, int c): the emulator's system call */
  .section .text.simcall,"ax",@progbits
  .p2align 2
  .globl simcall
simcall:
  entry a1, 32
  .byte 0x00, 0x51, 0x00
  retw.n

  .section .text.cycle_count,"ax",@progbits
  .p2align 2
  .globl cycle_count
cycle_count:
  entry a1, 32
  rsr   a2, ccount
  retw.n
