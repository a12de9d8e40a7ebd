/* Dot products with MAC16, many pixels for one output channel, then the next channel.

   The unit has one 40-bit accumulator (ACCHI:ACCLO) and four 32-bit registers m0..m3, each two 16-bit halves.
   `mula.dd.ll.ldinc m3, a12, m0, m2` does three things in one instruction: accumulator += low half of m0 * low half of
   m2; a12 += 4; m3 = word at a12. Two multiplications use up one word of pixel and one of weights, so if every
   multiplication carries a load, the unit never waits for data:

     holds           multiplies      meanwhile loads
     m0 m1 . m2      m0.l * m2.l     m3: weights 2,3 of this group
     m0 m1 m3 m2     m0.h * m2.h     m0: pixel 0,1 of the next group   (a source is read before it is loaded)
     m0 m1 m3 .      m1.l * m3.l     m2: weights 0,1 of the next group
     m0 m1 m3 m2     m1.h * m3.h     m1: pixel 2,3 of the next group

   A loaded word is first used two instructions later. In the last group of a dot product "the next group" is the next
   pixel's first, which follows in memory, and the channel's first weights again: the weight pointer is set back
   between the two weight loads. So a dot product costs its multiplications and nothing else; the rest of an output
   is 14 instructions (15 or 16 two-sided), half of it requantisation:

     wsr start; loop; mov weights; rsr acc; mull, srai, add, mull, add, sra, clamps; s8i; add out; bne

   Why channels outside and pixels inside: a channel's weights are read from flash once a row instead of once a
   pixel, and its constants stay in registers.

   Registers   a0  out, this pixel            a8  start of the accumulator
               a2  record                     a9  coarse multiplier
               a3  job; negative less offset  a10 fine multiplier
               a4  channel's weights - 4      a11 offset
               a5  end of the pixels          a12 next weights - 4
               a6  groups - 1                 a13 next pixel values - 4
               a7  out stride                 a14, a15 scratch
   Frame       0 return address, 4 channels left, 8 out of the first pixel, 12 job */
#ifdef __XTENSA__

  /* struct tm_lx6_job */
#define JOB_RECORDS 0
#define JOB_CHANNELS 4
#define JOB_PIXELS 8
#define JOB_PIXEL_BYTES 12
#define JOB_GROUPS 16
#define JOB_OUT 20
#define JOB_OUT_STRIDE 24

  .macro multiply_groups                /* the whole dot product; a12 and a13 as described */
  loopnez a6, 20f
  mula.dd.ll.ldinc m3, a12, m0, m2
  mula.dd.hh.ldinc m0, a13, m0, m2
  mula.dd.ll.ldinc m2, a12, m1, m3
  mula.dd.hh.ldinc m1, a13, m1, m3
20:
  mula.dd.ll.ldinc m3, a12, m0, m2
  mov   a12, a4
  mula.dd.hh.ldinc m0, a13, m0, m2
  mula.dd.ll.ldinc m2, a12, m1, m3
  mula.dd.hh.ldinc m1, a13, m1, m3
  .endm

  .macro dot_rows name, two_sided
  .section .iram1.\name,"ax",@progbits
  .p2align 2
  .globl \name
\name:
  entry a1, 48
  s32i  a0, a1, 0
  mov   a3, a2
  s32i  a3, a1, 12
  l32i  a14, a3, JOB_CHANNELS
  l32i  a0, a3, JOB_OUT
  l32i  a6, a3, JOB_GROUPS
  l32i  a7, a3, JOB_OUT_STRIDE
  l32i  a2, a3, JOB_RECORDS
  addi  a6, a6, -1
  s32i  a14, a1, 4

1:                                      /* a channel */
  s32i  a0, a1, 8
  l32i  a3, a1, 12
  l32i  a13, a3, JOB_PIXELS
  l32i  a5, a3, JOB_PIXEL_BYTES
  addi  a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  add   a5, a5, a13                     /* where a13 stands after the last pixel, with m0 and m1 loaded ahead */
  l32i  a8, a2, 0
  l32i  a9, a2, 4
  l32i  a10, a2, 8
  l32i  a11, a2, 12
  .if \two_sided
  l32i  a3, a2, 16
  sub   a3, a3, a11
  .endif
  l32i  a15, a2, 20
  ssr   a15
  addi  a4, a2, 20                      /* 4 before word 6 */
  mov   a12, a4
  ldinc m2, a12
2:                                      /* a pixel */
  wsr   a8, acclo                       /* the upper 8 bits may hold anything: only the lower 32 are read */
  multiply_groups
  rsr   a14, acclo
  mull  a15, a14, a10
  srai  a15, a15, 16
  add   a15, a15, a11
  .if \two_sided
  bgez  a14, 21f
  add   a15, a15, a3
21:
  .endif
  mull  a14, a14, a9
  add   a14, a14, a15
  sra   a14, a14
  clamps a14, a14, 7
  s8i   a14, a0, 0
  add   a0, a0, a7
  bne   a13, a5, 2b

  slli  a14, a6, 3                      /* next record: 24 bytes of constants, (groups) * 8 of weights */
  l32i  a0, a1, 8
  l32i  a15, a1, 4
  addi  a2, a2, 32
  add   a2, a2, a14
  addi  a0, a0, 1
  addi  a15, a15, -1
  s32i  a15, a1, 4
  bnez  a15, 1b
  l32i  a0, a1, 0
  retw
  .endm

  dot_rows tm_lx6_dot_rows, 0
  dot_rows tm_lx6_dot_rows_two_sided, 1

  .section .iram1.tm_lx6_dot_accumulators,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_accumulators
tm_lx6_dot_accumulators:                /* a2 job, a3 accumulators */
  entry a1, 48
  l32i  a13, a2, JOB_PIXELS
  l32i  a5, a2, JOB_PIXEL_BYTES
  l32i  a6, a2, JOB_GROUPS
  l32i  a2, a2, JOB_RECORDS
  addi  a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  add   a5, a5, a13
  addi  a6, a6, -1
  l32i  a8, a2, 0
  addi  a4, a2, 20
  mov   a12, a4
  ldinc m2, a12
3:
  wsr   a8, acclo
  multiply_groups
  rsr   a14, acclo
  s32i  a14, a3, 0
  addi  a3, a3, 4
  bne   a13, a5, 3b
  retw

#endif
