/* The first layer's taps: int8 to int16, plus 128, the bytes of one row under each of many pixels.

   The channels of a color picture fill no words, so it goes byte by byte, 3 instructions each: load, invert the top bit
   (widen.S says why), store. All of a pixel's bytes stand in a row, their loads three ahead; a loop goes over the pixels. */

/* Written by tools/generate_lx6.py: change that, and run it. */
#ifdef __XTENSA__

  .section .iram1.tm_lx6_gather_3,"ax",@progbits
  .p2align 2
  .globl tm_lx6_gather_3
tm_lx6_gather_3:
  /* a2 in, a3 out, a4 pixels, a5 bytes from one pixel's input to the next, a6 from one's taps to the next's */
  entry a1, 32
  movi a7, 128
  loopnez a4, 1f
  /* 11 instructions, 11 cycles */
  l8ui a8, a2, 0
  l8ui a9, a2, 1
  l8ui a10, a2, 2
  xor a8, a8, a7
  s16i a8, a3, 0
  xor a9, a9, a7
  s16i a9, a3, 2
  xor a10, a10, a7
  s16i a10, a3, 4
  add a2, a2, a5
  add a3, a3, a6
1:
  retw

  .section .iram1.tm_lx6_gather_9,"ax",@progbits
  .p2align 2
  .globl tm_lx6_gather_9
tm_lx6_gather_9:
  /* a2 in, a3 out, a4 pixels, a5 bytes from one pixel's input to the next, a6 from one's taps to the next's */
  entry a1, 32
  movi a7, 128
  loopnez a4, 1f
  /* 29 instructions, 29 cycles */
  l8ui a8, a2, 0
  l8ui a9, a2, 1
  l8ui a10, a2, 2
  xor a8, a8, a7
  s16i a8, a3, 0
  xor a9, a9, a7
  s16i a9, a3, 2
  xor a10, a10, a7
  s16i a10, a3, 4
  l8ui a11, a2, 3
  l8ui a12, a2, 4
  l8ui a13, a2, 5
  xor a11, a11, a7
  s16i a11, a3, 6
  xor a12, a12, a7
  s16i a12, a3, 8
  xor a13, a13, a7
  s16i a13, a3, 10
  l8ui a14, a2, 6
  l8ui a15, a2, 7
  l8ui a8, a2, 8
  xor a14, a14, a7
  s16i a14, a3, 12
  xor a15, a15, a7
  s16i a15, a3, 14
  xor a8, a8, a7
  s16i a8, a3, 16
  add a2, a2, a5
  add a3, a3, a6
1:
  retw

#endif
