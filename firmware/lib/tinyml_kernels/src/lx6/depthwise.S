/* Depthwise 3x3 with MAC16: four channels at a time.

   int8 pixels lie channel by channel, so the nine taps of one channel are nine bytes far apart. tm_lx6_spread_lanes
   (widen.S) takes the same four channels of three rows, a word at each pixel, and spreads them into two streams of words:
   the even stream has channel 0 in the lower half of each word and channel 2 in the upper, the odd stream channels 1
   and 3. Both go column by column, three rows in each, so the nine taps of an output are nine words in a row:

     stride 1:   [r0 r1 r2] [r0 r1 r2] [r0 r1 r2]              next output: three words on
     stride 2:   the same                                      next output: six words on

   These functions run over each stream twice: multiplying lower halves (`.l?`), then upper halves (`.h?`). A
   multiplication and the load of the word after the next are one instruction. As a loaded word is ready only three
   instructions later, requantization of the output before stands between every two of them.

   Two pointers share the words of an output. The first takes as many as the next output lies further, so it is where
   that begins; only the second is set back (or, at stride 2, forward). The nine weights lie in m2, m3, a5, a9, a10.

     cycles of an output   9 multiplications, 10 requantization, 1 load (the first, MUL, carries none), 1 pointer: 21

   Registers   as in dot.S; a13 and a12 are the pointers
   Frame       0 return address, 4 pixels, 8 out, 12 job, 16 record, 20 lanes */

/* Written by tools/generate_lx6.py: change that, and run it. */
#ifdef __XTENSA__

  /* struct tm_lx6_depthwise_job */
#define QUAD_RECORDS 0
#define EVEN 4
#define ODD 8
#define PIXEL_COUNT 12
#define QUAD_OUT 16
#define QUAD_STRIDE 20
#define LANES 20 /* in the frame */

  .section .iram1.tm_lx6_depthwise_1,"ax",@progbits
  .p2align 2
  .globl tm_lx6_depthwise_1
tm_lx6_depthwise_1:
  entry a1, 48
  s32i a0, a1, 0
  s32i a2, a1, 12
  l32i a13, a2, EVEN
  l32i a11, a2, PIXEL_COUNT
  l32i a0, a2, QUAD_OUT
  l32i a7, a2, QUAD_STRIDE
  l32i a14, a2, QUAD_RECORDS
  s32i a13, a1, LANES
  s32i a11, a1, 4
  s32i a0, a1, 8
1:
  /* lower halves: constants, and the first pixel */
  l32i a13, a1, LANES
  l32i a11, a1, 4
  addi a9, a14, 12
  ldinc m2, a9
  ldinc m3, a9
  l32i a5, a14, 24
  l32i a9, a14, 28
  l32i a10, a14, 32
  l32i a15, a14, 12
  l32i a2, a14, 0
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  addi a12, a13, 8
  addi a13, a13, -4
  addi a14, a14, 36
  ldinc m1, a13
  ldinc m0, a12
  addi a11, a11, -1
  s32i a14, a1, 16
  mul.dd.lh m0, m3
  ldinc m0, a13
  mula.dd.ll.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m0, a12, m0, m2
  mula.dd.ll.ldinc m1, a12, m1, m3
  mula.da.ll.ldinc m0, a12, m0, a5
  mula.da.lh.ldinc m1, a12, m1, a5
  mula.da.ll.ldinc m0, a12, m0, a9
  addi a12, a12, -12
  mula.da.lh.ldinc m1, a13, m1, a9
  mula.da.ll.ldinc m0, a12, m0, a10
  rsr a14, acclo
  loopnez a11, 2f
  /* 21 instructions, 21 cycles */
  mul.dd.lh m0, m3
  ldinc m0, a13
  mula.dd.ll.ldinc m1, a13, m1, m2
  mull a15, a14, a3
  mula.dd.lh.ldinc m0, a12, m0, m2
  mula.dd.ll.ldinc m1, a12, m1, m3
  mull a14, a14, a2
  mula.da.ll.ldinc m0, a12, m0, a5
  mula.da.lh.ldinc m1, a12, m1, a5
  srai a15, a15, 16
  mula.da.ll.ldinc m0, a12, m0, a9
  addi a12, a12, -12
  mula.da.lh.ldinc m1, a13, m1, a9
  mula.da.ll.ldinc m0, a12, m0, a10
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  rsr a14, acclo
  add a0, a0, a7
2:
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  l32i a0, a1, 8
  l32i a14, a1, 16
  /* upper halves: constants, and the first pixel */
  l32i a13, a1, LANES
  l32i a11, a1, 4
  addi a9, a14, 12
  ldinc m2, a9
  ldinc m3, a9
  l32i a5, a14, 24
  l32i a9, a14, 28
  l32i a10, a14, 32
  l32i a15, a14, 12
  l32i a2, a14, 0
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  addi a12, a13, 8
  addi a13, a13, -4
  addi a14, a14, 36
  ldinc m1, a13
  ldinc m0, a12
  addi a11, a11, -1
  s32i a14, a1, 16
  mul.dd.hh m0, m3
  ldinc m0, a13
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.hh.ldinc m0, a12, m0, m2
  mula.dd.hl.ldinc m1, a12, m1, m3
  mula.da.hl.ldinc m0, a12, m0, a5
  mula.da.hh.ldinc m1, a12, m1, a5
  mula.da.hl.ldinc m0, a12, m0, a9
  addi a12, a12, -12
  mula.da.hh.ldinc m1, a13, m1, a9
  mula.da.hl.ldinc m0, a12, m0, a10
  rsr a14, acclo
  loopnez a11, 2f
  /* 21 instructions, 21 cycles */
  mul.dd.hh m0, m3
  ldinc m0, a13
  mula.dd.hl.ldinc m1, a13, m1, m2
  mull a15, a14, a3
  mula.dd.hh.ldinc m0, a12, m0, m2
  mula.dd.hl.ldinc m1, a12, m1, m3
  mull a14, a14, a2
  mula.da.hl.ldinc m0, a12, m0, a5
  mula.da.hh.ldinc m1, a12, m1, a5
  srai a15, a15, 16
  mula.da.hl.ldinc m0, a12, m0, a9
  addi a12, a12, -12
  mula.da.hh.ldinc m1, a13, m1, a9
  mula.da.hl.ldinc m0, a12, m0, a10
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 2
  rsr a14, acclo
  add a0, a0, a7
2:
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 2
  l32i a0, a1, 8
  l32i a14, a1, 16
  l32i a2, a1, 12
  l32i a3, a1, LANES
  addi a0, a0, 1
  l32i a13, a2, ODD
  s32i a0, a1, 8
  s32i a13, a1, LANES
  /* once more for the odd lanes */
  sub a3, a13, a3
  bnez a3, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_depthwise_1_signed,"ax",@progbits
  .p2align 2
  .globl tm_lx6_depthwise_1_signed
tm_lx6_depthwise_1_signed:
  entry a1, 48
  s32i a0, a1, 0
  s32i a2, a1, 12
  l32i a13, a2, EVEN
  l32i a11, a2, PIXEL_COUNT
  l32i a0, a2, QUAD_OUT
  l32i a7, a2, QUAD_STRIDE
  l32i a14, a2, QUAD_RECORDS
  s32i a13, a1, LANES
  s32i a11, a1, 4
  s32i a0, a1, 8
1:
  /* lower halves: constants, and the first pixel */
  l32i a13, a1, LANES
  l32i a11, a1, 4
  addi a9, a14, 20
  ldinc m2, a9
  ldinc m3, a9
  l32i a5, a14, 32
  l32i a9, a14, 36
  l32i a10, a14, 40
  l32i a15, a14, 12
  l32i a2, a14, 0
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  l32i a8, a14, 16
  l32i a6, a14, 20
  addi a12, a13, 8
  addi a13, a13, -4
  addi a14, a14, 44
  ldinc m1, a13
  ldinc m0, a12
  addi a11, a11, -1
  s32i a14, a1, 16
  mul.dd.lh m0, m3
  ldinc m0, a13
  mula.dd.ll.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m0, a12, m0, m2
  mula.dd.ll.ldinc m1, a12, m1, m3
  mula.da.ll.ldinc m0, a12, m0, a5
  mula.da.lh.ldinc m1, a12, m1, a5
  mula.da.ll.ldinc m0, a12, m0, a9
  addi a12, a12, -12
  mula.da.lh.ldinc m1, a13, m1, a9
  mula.da.ll.ldinc m0, a12, m0, a10
  rsr a14, acclo
  nop
  loopnez a11, 2f
  /* 24 instructions, 24 cycles */
  mul.dd.lh m0, m3
  ldinc m0, a13
  mula.dd.ll.ldinc m1, a13, m1, m2
  add a14, a14, a8
  mula.dd.lh.ldinc m0, a12, m0, m2
  mula.dd.ll.ldinc m1, a12, m1, m3
  mov a11, a4
  mula.da.ll.ldinc m0, a12, m0, a5
  mula.da.lh.ldinc m1, a12, m1, a5
  movltz a11, a6, a14
  mula.da.ll.ldinc m0, a12, m0, a9
  addi a12, a12, -12
  mula.da.lh.ldinc m1, a13, m1, a9
  mula.da.ll.ldinc m0, a12, m0, a10
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a11
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  rsr a14, acclo
  add a0, a0, a7
2:
  add a14, a14, a8
  mov a11, a4
  movltz a11, a6, a14
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a11
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  l32i a0, a1, 8
  l32i a14, a1, 16
  /* upper halves: constants, and the first pixel */
  l32i a13, a1, LANES
  l32i a11, a1, 4
  addi a9, a14, 20
  ldinc m2, a9
  ldinc m3, a9
  l32i a5, a14, 32
  l32i a9, a14, 36
  l32i a10, a14, 40
  l32i a15, a14, 12
  l32i a2, a14, 0
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  l32i a8, a14, 16
  l32i a6, a14, 20
  addi a12, a13, 8
  addi a13, a13, -4
  addi a14, a14, 44
  ldinc m1, a13
  ldinc m0, a12
  addi a11, a11, -1
  s32i a14, a1, 16
  mul.dd.hh m0, m3
  ldinc m0, a13
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.hh.ldinc m0, a12, m0, m2
  mula.dd.hl.ldinc m1, a12, m1, m3
  mula.da.hl.ldinc m0, a12, m0, a5
  mula.da.hh.ldinc m1, a12, m1, a5
  mula.da.hl.ldinc m0, a12, m0, a9
  addi a12, a12, -12
  mula.da.hh.ldinc m1, a13, m1, a9
  mula.da.hl.ldinc m0, a12, m0, a10
  rsr a14, acclo
  loopnez a11, 2f
  /* 24 instructions, 24 cycles */
  mul.dd.hh m0, m3
  ldinc m0, a13
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a14, a14, a8
  mula.dd.hh.ldinc m0, a12, m0, m2
  mula.dd.hl.ldinc m1, a12, m1, m3
  mov a11, a4
  mula.da.hl.ldinc m0, a12, m0, a5
  mula.da.hh.ldinc m1, a12, m1, a5
  movltz a11, a6, a14
  mula.da.hl.ldinc m0, a12, m0, a9
  addi a12, a12, -12
  mula.da.hh.ldinc m1, a13, m1, a9
  mula.da.hl.ldinc m0, a12, m0, a10
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a11
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 2
  rsr a14, acclo
  add a0, a0, a7
2:
  add a14, a14, a8
  mov a11, a4
  movltz a11, a6, a14
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a11
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 2
  l32i a0, a1, 8
  l32i a14, a1, 16
  l32i a2, a1, 12
  l32i a3, a1, LANES
  addi a0, a0, 1
  l32i a13, a2, ODD
  s32i a0, a1, 8
  s32i a13, a1, LANES
  /* once more for the odd lanes */
  sub a3, a13, a3
  bnez a3, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_depthwise_2,"ax",@progbits
  .p2align 2
  .globl tm_lx6_depthwise_2
tm_lx6_depthwise_2:
  entry a1, 48
  s32i a0, a1, 0
  s32i a2, a1, 12
  l32i a13, a2, EVEN
  l32i a11, a2, PIXEL_COUNT
  l32i a0, a2, QUAD_OUT
  l32i a7, a2, QUAD_STRIDE
  l32i a14, a2, QUAD_RECORDS
  s32i a13, a1, LANES
  s32i a11, a1, 4
  s32i a0, a1, 8
1:
  /* lower halves: constants, and the first pixel */
  l32i a13, a1, LANES
  l32i a11, a1, 4
  addi a9, a14, 12
  ldinc m2, a9
  ldinc m3, a9
  l32i a5, a14, 24
  l32i a9, a14, 28
  l32i a10, a14, 32
  l32i a15, a14, 12
  l32i a2, a14, 0
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  addi a12, a13, 20
  addi a13, a13, -4
  addi a14, a14, 36
  ldinc m1, a13
  ldinc m0, a12
  addi a11, a11, -1
  s32i a14, a1, 16
  mul.da.ll m0, a9
  ldinc m0, a13
  mula.dd.ll.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m0, a13, m0, m2
  mula.dd.ll.ldinc m1, a13, m1, m3
  mula.dd.lh.ldinc m0, a13, m0, m3
  mula.da.ll.ldinc m1, a12, m1, a5
  mula.da.lh.ldinc m0, a12, m0, a5
  addi a12, a12, 12
  mula.da.lh.ldinc m1, a13, m1, a9
  mula.da.ll.ldinc m0, a12, m0, a10
  rsr a14, acclo
  loopnez a11, 2f
  /* 21 instructions, 21 cycles */
  mul.da.ll m0, a9
  ldinc m0, a13
  mula.dd.ll.ldinc m1, a13, m1, m2
  mull a15, a14, a3
  mula.dd.lh.ldinc m0, a13, m0, m2
  mula.dd.ll.ldinc m1, a13, m1, m3
  mull a14, a14, a2
  mula.dd.lh.ldinc m0, a13, m0, m3
  mula.da.ll.ldinc m1, a12, m1, a5
  srai a15, a15, 16
  mula.da.lh.ldinc m0, a12, m0, a5
  addi a12, a12, 12
  mula.da.lh.ldinc m1, a13, m1, a9
  mula.da.ll.ldinc m0, a12, m0, a10
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  rsr a14, acclo
  add a0, a0, a7
2:
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  l32i a0, a1, 8
  l32i a14, a1, 16
  /* upper halves: constants, and the first pixel */
  l32i a13, a1, LANES
  l32i a11, a1, 4
  addi a9, a14, 12
  ldinc m2, a9
  ldinc m3, a9
  l32i a5, a14, 24
  l32i a9, a14, 28
  l32i a10, a14, 32
  l32i a15, a14, 12
  l32i a2, a14, 0
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  addi a12, a13, 20
  addi a13, a13, -4
  addi a14, a14, 36
  ldinc m1, a13
  ldinc m0, a12
  addi a11, a11, -1
  s32i a14, a1, 16
  mul.da.hl m0, a9
  ldinc m0, a13
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.hh.ldinc m0, a13, m0, m2
  mula.dd.hl.ldinc m1, a13, m1, m3
  mula.dd.hh.ldinc m0, a13, m0, m3
  mula.da.hl.ldinc m1, a12, m1, a5
  mula.da.hh.ldinc m0, a12, m0, a5
  addi a12, a12, 12
  mula.da.hh.ldinc m1, a13, m1, a9
  mula.da.hl.ldinc m0, a12, m0, a10
  rsr a14, acclo
  loopnez a11, 2f
  /* 21 instructions, 21 cycles */
  mul.da.hl m0, a9
  ldinc m0, a13
  mula.dd.hl.ldinc m1, a13, m1, m2
  mull a15, a14, a3
  mula.dd.hh.ldinc m0, a13, m0, m2
  mula.dd.hl.ldinc m1, a13, m1, m3
  mull a14, a14, a2
  mula.dd.hh.ldinc m0, a13, m0, m3
  mula.da.hl.ldinc m1, a12, m1, a5
  srai a15, a15, 16
  mula.da.hh.ldinc m0, a12, m0, a5
  addi a12, a12, 12
  mula.da.hh.ldinc m1, a13, m1, a9
  mula.da.hl.ldinc m0, a12, m0, a10
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 2
  rsr a14, acclo
  add a0, a0, a7
2:
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 2
  l32i a0, a1, 8
  l32i a14, a1, 16
  l32i a2, a1, 12
  l32i a3, a1, LANES
  addi a0, a0, 1
  l32i a13, a2, ODD
  s32i a0, a1, 8
  s32i a13, a1, LANES
  /* once more for the odd lanes */
  sub a3, a13, a3
  bnez a3, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_depthwise_2_signed,"ax",@progbits
  .p2align 2
  .globl tm_lx6_depthwise_2_signed
tm_lx6_depthwise_2_signed:
  entry a1, 48
  s32i a0, a1, 0
  s32i a2, a1, 12
  l32i a13, a2, EVEN
  l32i a11, a2, PIXEL_COUNT
  l32i a0, a2, QUAD_OUT
  l32i a7, a2, QUAD_STRIDE
  l32i a14, a2, QUAD_RECORDS
  s32i a13, a1, LANES
  s32i a11, a1, 4
  s32i a0, a1, 8
1:
  /* lower halves: constants, and the first pixel */
  l32i a13, a1, LANES
  l32i a11, a1, 4
  addi a9, a14, 20
  ldinc m2, a9
  ldinc m3, a9
  l32i a5, a14, 32
  l32i a9, a14, 36
  l32i a10, a14, 40
  l32i a15, a14, 12
  l32i a2, a14, 0
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  l32i a8, a14, 16
  l32i a6, a14, 20
  addi a12, a13, 20
  addi a13, a13, -4
  addi a14, a14, 44
  ldinc m1, a13
  ldinc m0, a12
  addi a11, a11, -1
  s32i a14, a1, 16
  mul.da.ll m0, a9
  ldinc m0, a13
  mula.dd.ll.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m0, a13, m0, m2
  mula.dd.ll.ldinc m1, a13, m1, m3
  mula.dd.lh.ldinc m0, a13, m0, m3
  mula.da.ll.ldinc m1, a12, m1, a5
  mula.da.lh.ldinc m0, a12, m0, a5
  addi a12, a12, 12
  mula.da.lh.ldinc m1, a13, m1, a9
  mula.da.ll.ldinc m0, a12, m0, a10
  rsr a14, acclo
  nop
  loopnez a11, 2f
  /* 24 instructions, 24 cycles */
  mul.da.ll m0, a9
  ldinc m0, a13
  mula.dd.ll.ldinc m1, a13, m1, m2
  add a14, a14, a8
  mula.dd.lh.ldinc m0, a13, m0, m2
  mula.dd.ll.ldinc m1, a13, m1, m3
  mov a11, a4
  mula.dd.lh.ldinc m0, a13, m0, m3
  mula.da.ll.ldinc m1, a12, m1, a5
  movltz a11, a6, a14
  mula.da.lh.ldinc m0, a12, m0, a5
  addi a12, a12, 12
  mula.da.lh.ldinc m1, a13, m1, a9
  mula.da.ll.ldinc m0, a12, m0, a10
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a11
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  rsr a14, acclo
  add a0, a0, a7
2:
  add a14, a14, a8
  mov a11, a4
  movltz a11, a6, a14
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a11
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  l32i a0, a1, 8
  l32i a14, a1, 16
  /* upper halves: constants, and the first pixel */
  l32i a13, a1, LANES
  l32i a11, a1, 4
  addi a9, a14, 20
  ldinc m2, a9
  ldinc m3, a9
  l32i a5, a14, 32
  l32i a9, a14, 36
  l32i a10, a14, 40
  l32i a15, a14, 12
  l32i a2, a14, 0
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  l32i a8, a14, 16
  l32i a6, a14, 20
  addi a12, a13, 20
  addi a13, a13, -4
  addi a14, a14, 44
  ldinc m1, a13
  ldinc m0, a12
  addi a11, a11, -1
  s32i a14, a1, 16
  mul.da.hl m0, a9
  ldinc m0, a13
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.hh.ldinc m0, a13, m0, m2
  mula.dd.hl.ldinc m1, a13, m1, m3
  mula.dd.hh.ldinc m0, a13, m0, m3
  mula.da.hl.ldinc m1, a12, m1, a5
  mula.da.hh.ldinc m0, a12, m0, a5
  addi a12, a12, 12
  mula.da.hh.ldinc m1, a13, m1, a9
  mula.da.hl.ldinc m0, a12, m0, a10
  rsr a14, acclo
  loopnez a11, 2f
  /* 24 instructions, 24 cycles */
  mul.da.hl m0, a9
  ldinc m0, a13
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a14, a14, a8
  mula.dd.hh.ldinc m0, a13, m0, m2
  mula.dd.hl.ldinc m1, a13, m1, m3
  mov a11, a4
  mula.dd.hh.ldinc m0, a13, m0, m3
  mula.da.hl.ldinc m1, a12, m1, a5
  movltz a11, a6, a14
  mula.da.hh.ldinc m0, a12, m0, a5
  addi a12, a12, 12
  mula.da.hh.ldinc m1, a13, m1, a9
  mula.da.hl.ldinc m0, a12, m0, a10
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a11
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 2
  rsr a14, acclo
  add a0, a0, a7
2:
  add a14, a14, a8
  mov a11, a4
  movltz a11, a6, a14
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a11
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 2
  l32i a0, a1, 8
  l32i a14, a1, 16
  l32i a2, a1, 12
  l32i a3, a1, LANES
  addi a0, a0, 1
  l32i a13, a2, ODD
  s32i a0, a1, 8
  s32i a13, a1, LANES
  /* once more for the odd lanes */
  sub a3, a13, a3
  bnez a3, 1b
  l32i a0, a1, 0
  retw

#endif
