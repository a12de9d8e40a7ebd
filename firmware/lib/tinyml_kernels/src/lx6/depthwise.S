/* Depthwise 3x3 with MAC16: four channels at a time.

   int8 pixels lie channel by channel, so the nine taps of one channel are nine bytes far apart. tm_lx6_spread_lanes
   takes the same four channels of three rows, a word at each pixel, and spreads them into two streams of words: the
   even stream has channel 0 in the lower half of each word and channel 2 in the upper, the odd stream channels 1
   and 3. Both go column by column, three rows in each, so the nine taps of an output are nine words in a row:

     stride 1:   [r0 r1 r2] [r0 r1 r2] [r0 r1 r2]              next output: three words on
     stride 2:   the same                                      next output: six words on

   tm_lx6_depthwise_quad runs over each stream twice: multiplying lower halves (`.l?`), then upper halves (`.h?`).
   A multiplication and the load of the next tap are one instruction. Weights lie in the order of the words (column
   by column): 0..3 in m2 and m3, 4..8 in three address registers. */
#ifdef __XTENSA__

  .section .iram1.tm_lx6_spread_lanes,"ax",@progbits
  .p2align 2
.Ltop_bits:
  .long 0x80808080
.Llanes:
  .long 0x00FF00FF

  .macro spread row, stride, offset
  l32i  a14, \row, 0
  add   \row, \row, \stride
  xor   a14, a14, a12
  and   a15, a14, a13
  srli  a14, a14, 8
  s32i  a15, a9, \offset
  and   a14, a14, a13
  s32i  a14, a10, \offset
  .endm

  .globl tm_lx6_spread_lanes
tm_lx6_spread_lanes:                    /* a2 job */
  entry a1, 32
  l32i  a3, a2, 0                       /* rows */
  l32i  a4, a2, 4
  l32i  a5, a2, 8
  l32i  a6, a2, 12                      /* their strides */
  l32i  a7, a2, 16
  l32i  a8, a2, 20
  l32i  a9, a2, 24                      /* even, odd */
  l32i  a10, a2, 28
  l32i  a11, a2, 32                     /* columns */
  l32r  a12, .Ltop_bits
  l32r  a13, .Llanes
  loopnez a11, 1f
  spread a3, a6, 0
  spread a4, a7, 4
  spread a5, a8, 8
  addi  a9, a9, 12
  addi  a10, a10, 12
1:
  retw

/* Registers   a2 record    a3 first lane - 4   a4 next lane - 4    a5 out, this pixel   a6 out stride   a7 advance
               a8, a9, a10 weights 4 5, 6 7, 8                      a11 start            a12 coarse      a13 fine
               a0 offset    a14, a15 scratch
   Frame       0 return address, 4 pixels, 8 odd lanes, 12 out */
  .macro channel half, out_offset
  l32i  a5, a1, 12
  l32i  a14, a1, 4
  l32i  a15, a2, 20
  ssr   a15
  l32i  a11, a2, 0
  l32i  a12, a2, 4
  l32i  a13, a2, 8
  l32i  a0, a2, 12
  addi  a15, a2, 20
  ldinc m2, a15
  ldinc m3, a15
  l32i  a8, a2, 32
  l32i  a9, a2, 36
  l32i  a10, a2, 40
  addi  a2, a2, 44
  mov   a4, a3
  ldinc m0, a4
  loopnez a14, 2f
  wsr   a11, acclo
  mula.dd.\half\()l.ldinc m1, a4, m0, m2
  mula.dd.\half\()h.ldinc m0, a4, m1, m2
  mula.dd.\half\()l.ldinc m1, a4, m0, m3
  mula.dd.\half\()h.ldinc m0, a4, m1, m3
  mula.da.\half\()l.ldinc m1, a4, m0, a8
  mula.da.\half\()h.ldinc m0, a4, m1, a8
  mula.da.\half\()l.ldinc m1, a4, m0, a9
  mula.da.\half\()h.ldinc m0, a4, m1, a9
  add   a4, a4, a7                      /* so that this load is the next output's first tap */
  mula.da.\half\()l.ldinc m0, a4, m0, a10
  rsr   a14, acclo
  mull  a15, a14, a13
  mull  a14, a14, a12
  srai  a15, a15, 16
  add   a14, a14, a0
  add   a14, a14, a15
  sra   a14, a14
  clamps a14, a14, 7
  s8i   a14, a5, \out_offset
  add   a5, a5, a6
2:
  .endm

  .section .iram1.tm_lx6_depthwise_quad,"ax",@progbits
  .p2align 2
  .globl tm_lx6_depthwise_quad
tm_lx6_depthwise_quad:                  /* a2 job */
  entry a1, 48
  s32i  a0, a1, 0
  l32i  a3, a2, 4                       /* even lanes */
  l32i  a15, a2, 8                      /* odd lanes */
  l32i  a14, a2, 12                     /* pixels */
  l32i  a7, a2, 16
  l32i  a5, a2, 20
  l32i  a6, a2, 24
  l32i  a2, a2, 0
  s32i  a14, a1, 4
  s32i  a15, a1, 8
  s32i  a5, a1, 12
  addi  a3, a3, -4
  channel l, 0
  channel h, 2
  l32i  a3, a1, 8
  addi  a3, a3, -4
  channel l, 1
  channel h, 3
  l32i  a0, a1, 0
  retw

#endif
