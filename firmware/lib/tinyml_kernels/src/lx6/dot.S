/* Dot products with MAC16, many pixels for one output channel, then the next channel.

   The unit has one 40-bit accumulator (ACCHI:ACCLO) and four 32-bit registers m0..m3, each two 16-bit halves.
   `mula.dd.lh.ldinc m2, a12, m0, m2` does three things in one instruction: accumulator += low half of m0 * high half of
   m2; a12 += 4; m2 = word at a12 (a source is read before it is loaded). Two multiplications use up one word of input
   and one of weights, so there is a load for each of them to carry. But a loaded word is ready only three instructions
   later, and a word is used by two multiplications in a row; if both words were used up by the same multiplication, one of
   the next two would come late, and five cycles a group of four would be the least. So the weights lag by one half: a
   multiplication that ends a word of weights begins a word of input no more than it ends one, and each carries the one load
   that is due. i: input, w: weights, both two a word; . is what was there before.

     multiplies          word used up, register reloaded with       which is first used
     i0.l * w0.h         w0: m2 = w2                                three instructions on
     i0.h * w1.l         i0: m0 = i2                                three
     i1.l * w1.h         w1: m3 = w3                                three
     i1.h * w2.l         i1: m1 = i3                                three

   So four taps take four cycles. In memory the weights are w[1], w[2], ..., w[taps - 1], w[0]: the last word holds the
   last weight, which ends a pixel, and the first one, with which the next pixel begins. The input of the next pixel
   follows in memory, so its first words are loaded as all others.

   Loops for few taps (tm_lx6_dot_TAPS) keep all weights in registers, or the first two words: a sum begins with MUL,
   which carries no load, and the words kept make up for it. All that is left of an output is its ten instructions of
   requantization, which run between the multiplications of the next pixel, and one that sets the weight pointer back:

     cycles of an output   taps + 10 (weights in registers), taps + 11 (straight), taps + 17 (loop in a loop); signed 3 more

   Signed: layers without an activation round negative sums the other way, so these add a start first and choose between
   two offsets. Plain ones have neither: the compiler proves constants for the sum as it comes out of the unit.

   Why channels outside and pixels inside: a channel's weights are read once a row instead of once a pixel, and its
   constants stay in registers.

   Registers   a0  out                        a7  out stride
               a2  coarse multiplier          a12 next weights - 4, a5 where they begin
               a3  fine multiplier            a13 next input - 4
               a4  offset                     a14, a15 scratch; sum
               signed: a6 offset of negative sums, a8 start, a11 the offset chosen
               long: a9 end of the input, a10 groups of four taps in the inner loop
               others: weights
   Frame       0 return address, 4 channels left, 8 out of the first pixel, 12 job, 16 record */

/* Written by tools/generate_lx6.py: change that, and run it. */
#ifdef __XTENSA__

  /* struct tm_lx6_job */
#define RECORDS 0
#define RECORD_BYTES 4
#define CHANNELS 8
#define PIXELS 12
#define COUNT 16
#define PIXEL_BYTES 20
#define GROUPS 24
#define WEIGHT_BYTES 28
#define OUT 32
#define OUT_STRIDE 36

  .section .iram1.tm_lx6_dot_4,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_4
tm_lx6_dot_4:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a9, a14, 12
  ldinc m2, a9
  ldinc m3, a9
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.dd.lh m0, m3
  mula.dd.hl.ldinc m0, a13, m0, m2
  mula.dd.lh m1, m2
  mula.dd.hl.ldinc m1, a13, m1, m3
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  loopnez a11, 2f
  /* 14 instructions, 14 cycles */
  mul.dd.lh m0, m3
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mula.dd.hl.ldinc m0, a13, m0, m2
  mula.dd.lh m1, m2
  mula.dd.hl.ldinc m1, a13, m1, m3
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_8,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_8
tm_lx6_dot_8:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a9, a14, 12
  ldinc m2, a9
  ldinc m3, a9
  l32i a9, a14, 24
  l32i a10, a14, 28
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.da.lh m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m2
  mula.dd.lh m1, m2
  mula.dd.hl.ldinc m1, a13, m1, m3
  mula.dd.lh m0, m3
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  nop
  nop
  loopnez a11, 2f
  /* 18 instructions, 18 cycles */
  mul.da.lh m0, a10
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mula.dd.hl.ldinc m0, a13, m0, m2
  mula.dd.lh m1, m2
  mula.dd.hl.ldinc m1, a13, m1, m3
  mula.dd.lh m0, m3
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_12,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_12
tm_lx6_dot_12:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a9, a14, 12
  ldinc m2, a9
  ldinc m3, a9
  l32i a9, a14, 24
  l32i a10, a14, 28
  l32i a5, a14, 32
  l32i a12, a14, 36
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.da.lh m0, a12
  mula.dd.hl.ldinc m0, a13, m0, m2
  mula.dd.lh m1, m2
  mula.dd.hl.ldinc m1, a13, m1, m3
  mula.dd.lh m0, m3
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh m0, a10
  mula.da.hl.ldinc m0, a13, m0, a5
  mula.da.lh m1, a5
  mula.da.hl.ldinc m1, a13, m1, a12
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  loopnez a11, 2f
  /* 22 instructions, 22 cycles */
  mul.da.lh m0, a12
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mula.dd.hl.ldinc m0, a13, m0, m2
  mula.dd.lh m1, m2
  mula.dd.hl.ldinc m1, a13, m1, m3
  mula.dd.lh m0, m3
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh m0, a10
  mula.da.hl.ldinc m0, a13, m0, a5
  mula.da.lh m1, a5
  mula.da.hl.ldinc m1, a13, m1, a12
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_16,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_16
tm_lx6_dot_16:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a9, a14, 12
  ldinc m2, a9
  ldinc m3, a9
  l32i a9, a14, 24
  l32i a10, a14, 28
  l32i a5, a14, 32
  l32i a12, a14, 36
  l32i a6, a14, 40
  l32i a8, a14, 44
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.da.lh m0, a8
  mula.dd.hl.ldinc m0, a13, m0, m2
  mula.dd.lh m1, m2
  mula.dd.hl.ldinc m1, a13, m1, m3
  mula.dd.lh m0, m3
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh m0, a10
  mula.da.hl.ldinc m0, a13, m0, a5
  mula.da.lh m1, a5
  mula.da.hl.ldinc m1, a13, m1, a12
  mula.da.lh m0, a12
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  nop
  nop
  loopnez a11, 2f
  /* 26 instructions, 26 cycles */
  mul.da.lh m0, a8
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mula.dd.hl.ldinc m0, a13, m0, m2
  mula.dd.lh m1, m2
  mula.dd.hl.ldinc m1, a13, m1, m3
  mula.dd.lh m0, m3
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh m0, a10
  mula.da.hl.ldinc m0, a13, m0, a5
  mula.da.lh m1, a5
  mula.da.hl.ldinc m1, a13, m1, a12
  mula.da.lh m0, a12
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_20,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_20
tm_lx6_dot_20:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a11, a14, 48
  ldinc m2, a11
  l32i a6, a14, 16
  l32i a8, a14, 20
  addi a5, a14, 20
  mov a12, a5
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh.ldinc m3, a12, m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  mula.da.lh.ldinc m2, a12, m0, a8
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  loopnez a11, 2f
  /* 31 instructions, 31 cycles */
  mul.dd.lh m0, m2
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh.ldinc m3, a12, m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  mula.da.lh.ldinc m2, a12, m0, a8
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_24,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_24
tm_lx6_dot_24:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a11, a14, 56
  ldinc m2, a11
  l32i a6, a14, 16
  l32i a8, a14, 20
  addi a5, a14, 20
  mov a12, a5
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh.ldinc m3, a12, m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  mula.da.lh.ldinc m2, a12, m0, a8
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  loopnez a11, 2f
  /* 35 instructions, 35 cycles */
  mul.dd.lh m0, m2
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh.ldinc m3, a12, m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  mula.da.lh.ldinc m2, a12, m0, a8
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_28,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_28
tm_lx6_dot_28:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a11, a14, 64
  ldinc m2, a11
  l32i a6, a14, 16
  l32i a8, a14, 20
  addi a5, a14, 20
  mov a12, a5
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh.ldinc m3, a12, m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  mula.da.lh.ldinc m2, a12, m0, a8
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  loopnez a11, 2f
  /* 39 instructions, 39 cycles */
  mul.dd.lh m0, m2
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh.ldinc m3, a12, m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  mula.da.lh.ldinc m2, a12, m0, a8
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_32,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_32
tm_lx6_dot_32:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a11, a14, 72
  ldinc m2, a11
  l32i a6, a14, 16
  l32i a8, a14, 20
  addi a5, a14, 20
  mov a12, a5
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh.ldinc m3, a12, m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  mula.da.lh.ldinc m2, a12, m0, a8
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  loopnez a11, 2f
  /* 43 instructions, 43 cycles */
  mul.dd.lh m0, m2
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh.ldinc m3, a12, m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  mula.da.lh.ldinc m2, a12, m0, a8
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_36,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_36
tm_lx6_dot_36:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a11, a14, 80
  ldinc m2, a11
  l32i a6, a14, 16
  l32i a8, a14, 20
  addi a5, a14, 20
  mov a12, a5
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh.ldinc m3, a12, m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  mula.da.lh.ldinc m2, a12, m0, a8
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  loopnez a11, 2f
  /* 47 instructions, 47 cycles */
  mul.dd.lh m0, m2
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh.ldinc m3, a12, m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  mula.da.lh.ldinc m2, a12, m0, a8
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_40,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_40
tm_lx6_dot_40:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a11, a14, 88
  ldinc m2, a11
  l32i a6, a14, 16
  l32i a8, a14, 20
  addi a5, a14, 20
  mov a12, a5
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh.ldinc m3, a12, m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  mula.da.lh.ldinc m2, a12, m0, a8
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  loopnez a11, 2f
  /* 51 instructions, 51 cycles */
  mul.dd.lh m0, m2
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh.ldinc m3, a12, m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  mula.da.lh.ldinc m2, a12, m0, a8
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_44,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_44
tm_lx6_dot_44:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a11, a14, 96
  ldinc m2, a11
  l32i a6, a14, 16
  l32i a8, a14, 20
  addi a5, a14, 20
  mov a12, a5
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh.ldinc m3, a12, m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  mula.da.lh.ldinc m2, a12, m0, a8
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  loopnez a11, 2f
  /* 55 instructions, 55 cycles */
  mul.dd.lh m0, m2
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh.ldinc m3, a12, m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  mula.da.lh.ldinc m2, a12, m0, a8
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_48,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_48
tm_lx6_dot_48:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a11, a14, 104
  ldinc m2, a11
  l32i a6, a14, 16
  l32i a8, a14, 20
  addi a5, a14, 20
  mov a12, a5
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh.ldinc m3, a12, m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  mula.da.lh.ldinc m2, a12, m0, a8
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  loopnez a11, 2f
  /* 59 instructions, 59 cycles */
  mul.dd.lh m0, m2
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh.ldinc m3, a12, m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  mula.da.lh.ldinc m2, a12, m0, a8
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_64,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_64
tm_lx6_dot_64:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a11, a14, 124
  addi a11, a11, 12
  ldinc m2, a11
  l32i a6, a14, 16
  l32i a8, a14, 20
  addi a5, a14, 20
  mov a12, a5
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh.ldinc m3, a12, m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  mula.da.lh.ldinc m2, a12, m0, a8
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  loopnez a11, 2f
  /* 75 instructions, 75 cycles */
  mul.dd.lh m0, m2
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh.ldinc m3, a12, m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  mula.da.lh.ldinc m2, a12, m0, a8
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_long,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_long
tm_lx6_dot_long:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  l32i a11, a15, WEIGHT_BYTES
  l32i a6, a14, 16
  l32i a8, a14, 20
  add a11, a11, a14
  addi a11, a11, 8
  ldinc m2, a11
  addi a5, a14, 20
  mov a12, a5
  l32i a10, a15, GROUPS
  l32i a9, a15, PIXEL_BYTES
  l32i a15, a14, 12
  addi a10, a10, -3
  l32i a2, a14, 0
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  add a9, a9, a13
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh.ldinc m3, a12, m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  mula.da.lh.ldinc m2, a12, m0, a8
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  nop
  nop
  loopnez a10, 2f
  /* 4 instructions, 4 cycles */
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
2:
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  beq a13, a9, 5f
3:
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a6
  mula.da.lh.ldinc m3, a12, m1, a6
  mula.da.hl.ldinc m1, a13, m1, a8
  mula.da.lh.ldinc m2, a12, m0, a8
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  loopnez a10, 4f
  /* 4 instructions, 4 cycles */
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
4:
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a0, a0, a7
  rsr a14, acclo
  bne a13, a9, 3b
5:
  /* the last pixel's byte, the next channel */
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a4
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_4_signed,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_4_signed
tm_lx6_dot_4_signed:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a9, a14, 20
  ldinc m2, a9
  ldinc m3, a9
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  l32i a8, a14, 16
  l32i a6, a14, 20
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.dd.lh m0, m3
  mula.dd.hl.ldinc m0, a13, m0, m2
  mula.dd.lh m1, m2
  mula.dd.hl.ldinc m1, a13, m1, m3
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  nop
  nop
  loopnez a11, 2f
  /* 17 instructions, 17 cycles */
  mov a11, a4
  add a14, a14, a8
  movltz a11, a6, a14
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a11
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mul.dd.lh m0, m3
  mula.dd.hl.ldinc m0, a13, m0, m2
  mula.dd.lh m1, m2
  mula.dd.hl.ldinc m1, a13, m1, m3
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
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
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_8_signed,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_8_signed
tm_lx6_dot_8_signed:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a9, a14, 20
  ldinc m2, a9
  ldinc m3, a9
  l32i a9, a14, 32
  l32i a10, a14, 36
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  l32i a8, a14, 16
  l32i a6, a14, 20
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.da.lh m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m2
  mula.dd.lh m1, m2
  mula.dd.hl.ldinc m1, a13, m1, m3
  mula.dd.lh m0, m3
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  loopnez a11, 2f
  /* 21 instructions, 21 cycles */
  mov a11, a4
  add a14, a14, a8
  movltz a11, a6, a14
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a11
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mul.da.lh m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m2
  mula.dd.lh m1, m2
  mula.dd.hl.ldinc m1, a13, m1, m3
  mula.dd.lh m0, m3
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
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
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_12_signed,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_12_signed
tm_lx6_dot_12_signed:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a9, a14, 20
  ldinc m2, a9
  ldinc m3, a9
  l32i a9, a14, 32
  l32i a10, a14, 36
  l32i a5, a14, 40
  l32i a12, a14, 44
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  l32i a8, a14, 16
  l32i a6, a14, 20
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.da.lh m0, a12
  mula.dd.hl.ldinc m0, a13, m0, m2
  mula.dd.lh m1, m2
  mula.dd.hl.ldinc m1, a13, m1, m3
  mula.dd.lh m0, m3
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh m0, a10
  mula.da.hl.ldinc m0, a13, m0, a5
  mula.da.lh m1, a5
  mula.da.hl.ldinc m1, a13, m1, a12
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  nop
  nop
  loopnez a11, 2f
  /* 25 instructions, 25 cycles */
  mov a11, a4
  add a14, a14, a8
  movltz a11, a6, a14
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a11
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mul.da.lh m0, a12
  mula.dd.hl.ldinc m0, a13, m0, m2
  mula.dd.lh m1, m2
  mula.dd.hl.ldinc m1, a13, m1, m3
  mula.dd.lh m0, m3
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh m0, a10
  mula.da.hl.ldinc m0, a13, m0, a5
  mula.da.lh m1, a5
  mula.da.hl.ldinc m1, a13, m1, a12
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
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
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_16_signed,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_16_signed
tm_lx6_dot_16_signed:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a11, a14, 48
  ldinc m2, a11
  l32i a9, a14, 24
  l32i a10, a14, 28
  addi a5, a14, 28
  mov a12, a5
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  l32i a8, a14, 16
  l32i a6, a14, 20
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh.ldinc m3, a12, m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh.ldinc m2, a12, m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  nop
  nop
  loopnez a11, 2f
  /* 30 instructions, 30 cycles */
  mov a11, a4
  add a14, a14, a8
  movltz a11, a6, a14
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a11
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh.ldinc m3, a12, m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh.ldinc m2, a12, m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
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
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_20_signed,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_20_signed
tm_lx6_dot_20_signed:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a11, a14, 56
  ldinc m2, a11
  l32i a9, a14, 24
  l32i a10, a14, 28
  addi a5, a14, 28
  mov a12, a5
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  l32i a8, a14, 16
  l32i a6, a14, 20
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh.ldinc m3, a12, m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh.ldinc m2, a12, m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  nop
  nop
  loopnez a11, 2f
  /* 34 instructions, 34 cycles */
  mov a11, a4
  add a14, a14, a8
  movltz a11, a6, a14
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a11
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh.ldinc m3, a12, m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh.ldinc m2, a12, m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
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
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_24_signed,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_24_signed
tm_lx6_dot_24_signed:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a11, a14, 64
  ldinc m2, a11
  l32i a9, a14, 24
  l32i a10, a14, 28
  addi a5, a14, 28
  mov a12, a5
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  l32i a8, a14, 16
  l32i a6, a14, 20
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh.ldinc m3, a12, m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh.ldinc m2, a12, m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  nop
  nop
  loopnez a11, 2f
  /* 38 instructions, 38 cycles */
  mov a11, a4
  add a14, a14, a8
  movltz a11, a6, a14
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a11
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh.ldinc m3, a12, m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh.ldinc m2, a12, m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
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
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_28_signed,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_28_signed
tm_lx6_dot_28_signed:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a11, a14, 72
  ldinc m2, a11
  l32i a9, a14, 24
  l32i a10, a14, 28
  addi a5, a14, 28
  mov a12, a5
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  l32i a8, a14, 16
  l32i a6, a14, 20
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh.ldinc m3, a12, m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh.ldinc m2, a12, m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  nop
  nop
  loopnez a11, 2f
  /* 42 instructions, 42 cycles */
  mov a11, a4
  add a14, a14, a8
  movltz a11, a6, a14
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a11
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh.ldinc m3, a12, m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh.ldinc m2, a12, m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
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
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_32_signed,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_32_signed
tm_lx6_dot_32_signed:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a11, a14, 80
  ldinc m2, a11
  l32i a9, a14, 24
  l32i a10, a14, 28
  addi a5, a14, 28
  mov a12, a5
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  l32i a8, a14, 16
  l32i a6, a14, 20
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh.ldinc m3, a12, m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh.ldinc m2, a12, m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  nop
  nop
  loopnez a11, 2f
  /* 46 instructions, 46 cycles */
  mov a11, a4
  add a14, a14, a8
  movltz a11, a6, a14
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a11
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh.ldinc m3, a12, m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh.ldinc m2, a12, m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
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
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_36_signed,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_36_signed
tm_lx6_dot_36_signed:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a11, a14, 88
  ldinc m2, a11
  l32i a9, a14, 24
  l32i a10, a14, 28
  addi a5, a14, 28
  mov a12, a5
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  l32i a8, a14, 16
  l32i a6, a14, 20
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh.ldinc m3, a12, m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh.ldinc m2, a12, m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  nop
  nop
  loopnez a11, 2f
  /* 50 instructions, 50 cycles */
  mov a11, a4
  add a14, a14, a8
  movltz a11, a6, a14
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a11
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh.ldinc m3, a12, m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh.ldinc m2, a12, m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
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
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_40_signed,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_40_signed
tm_lx6_dot_40_signed:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a11, a14, 96
  ldinc m2, a11
  l32i a9, a14, 24
  l32i a10, a14, 28
  addi a5, a14, 28
  mov a12, a5
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  l32i a8, a14, 16
  l32i a6, a14, 20
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh.ldinc m3, a12, m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh.ldinc m2, a12, m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  nop
  nop
  loopnez a11, 2f
  /* 54 instructions, 54 cycles */
  mov a11, a4
  add a14, a14, a8
  movltz a11, a6, a14
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a11
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh.ldinc m3, a12, m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh.ldinc m2, a12, m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
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
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_44_signed,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_44_signed
tm_lx6_dot_44_signed:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a11, a14, 104
  ldinc m2, a11
  l32i a9, a14, 24
  l32i a10, a14, 28
  addi a5, a14, 28
  mov a12, a5
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  l32i a8, a14, 16
  l32i a6, a14, 20
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh.ldinc m3, a12, m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh.ldinc m2, a12, m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  nop
  nop
  loopnez a11, 2f
  /* 58 instructions, 58 cycles */
  mov a11, a4
  add a14, a14, a8
  movltz a11, a6, a14
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a11
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh.ldinc m3, a12, m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh.ldinc m2, a12, m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
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
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_48_signed,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_48_signed
tm_lx6_dot_48_signed:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a11, a14, 112
  ldinc m2, a11
  l32i a9, a14, 24
  l32i a10, a14, 28
  addi a5, a14, 28
  mov a12, a5
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  l32i a8, a14, 16
  l32i a6, a14, 20
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh.ldinc m3, a12, m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh.ldinc m2, a12, m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  nop
  nop
  loopnez a11, 2f
  /* 62 instructions, 62 cycles */
  mov a11, a4
  add a14, a14, a8
  movltz a11, a6, a14
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a11
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh.ldinc m3, a12, m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh.ldinc m2, a12, m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
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
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_64_signed,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_64_signed
tm_lx6_dot_64_signed:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  addi a11, a14, 124
  addi a11, a11, 20
  ldinc m2, a11
  l32i a9, a14, 24
  l32i a10, a14, 28
  addi a5, a14, 28
  mov a12, a5
  l32i a11, a15, COUNT
  l32i a15, a14, 12
  l32i a2, a14, 0
  addi a11, a11, -1
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  l32i a8, a14, 16
  l32i a6, a14, 20
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh.ldinc m3, a12, m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh.ldinc m2, a12, m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  /* further pixels, and the byte of the one before */
  nop
  loopnez a11, 2f
  /* 78 instructions, 78 cycles */
  mov a11, a4
  add a14, a14, a8
  movltz a11, a6, a14
  mull a15, a14, a3
  mull a14, a14, a2
  srai a15, a15, 16
  add a14, a14, a11
  add a14, a14, a15
  sra a14, a14
  clamps a14, a14, 7
  s8i a14, a0, 0
  mul.dd.lh m0, m2
  mula.da.hl.ldinc m0, a13, m0, a9
  mula.da.lh.ldinc m3, a12, m1, a9
  mula.da.hl.ldinc m1, a13, m1, a10
  mula.da.lh.ldinc m2, a12, m0, a10
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a0, a0, a7
  rsr a14, acclo
2:
  /* the last pixel's byte, the next channel */
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
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_long_signed,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_long_signed
tm_lx6_dot_long_signed:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  l32i a11, a15, WEIGHT_BYTES
  addi a5, a14, 20
  mov a12, a5
  add a11, a11, a14
  addi a11, a11, 16
  ldinc m2, a11
  ldinc m3, a12
  l32i a10, a15, GROUPS
  l32i a9, a15, PIXEL_BYTES
  l32i a15, a14, 12
  addi a10, a10, -3
  l32i a2, a14, 0
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  l32i a8, a14, 16
  l32i a6, a14, 20
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  add a9, a9, a13
  mul.dd.lh m0, m2
  ldinc m2, a12
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  loopnez a10, 2f
  /* 4 instructions, 4 cycles */
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
2:
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  beq a13, a9, 5f
3:
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
  mul.dd.lh m0, m2
  ldinc m2, a12
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  loopnez a10, 4f
  /* 4 instructions, 4 cycles */
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
4:
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  add a0, a0, a7
  rsr a14, acclo
  bne a13, a9, 3b
5:
  /* the last pixel's byte, the next channel */
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
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

  .section .iram1.tm_lx6_dot_sums,"ax",@progbits
  .p2align 2
  .globl tm_lx6_dot_sums
tm_lx6_dot_sums:
  entry a1, 48
  s32i a0, a1, 0
  mov a15, a2
  s32i a15, a1, 12
  l32i a11, a15, CHANNELS
  l32i a0, a15, OUT
  l32i a14, a15, RECORDS
  l32i a7, a15, OUT_STRIDE
  s32i a11, a1, 4
1:
  /* a channel: its constants, and the first pixel */
  s32i a14, a1, 16
  s32i a0, a1, 8
  l32i a13, a15, PIXELS
  l32i a11, a15, WEIGHT_BYTES
  addi a5, a14, 20
  mov a12, a5
  add a11, a11, a14
  addi a11, a11, 16
  ldinc m2, a11
  ldinc m3, a12
  l32i a10, a15, GROUPS
  l32i a9, a15, PIXEL_BYTES
  l32i a15, a14, 12
  addi a10, a10, -3
  l32i a2, a14, 0
  l32i a3, a14, 4
  l32i a4, a14, 8
  ssr a15
  l32i a8, a14, 16
  l32i a6, a14, 20
  addi a13, a13, -4
  ldinc m0, a13
  ldinc m1, a13
  add a9, a9, a13
  mul.dd.lh m0, m2
  ldinc m2, a12
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  loopnez a10, 2f
  /* 4 instructions, 4 cycles */
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
2:
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  rsr a14, acclo
  beq a13, a9, 5f
3:
  add a14, a14, a8
  s32i a14, a0, 0
  mul.dd.lh m0, m2
  ldinc m2, a12
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  nop
  loopnez a10, 4f
  /* 4 instructions, 4 cycles */
  mula.dd.lh.ldinc m2, a12, m0, m2
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
4:
  mula.dd.lh.ldinc m2, a12, m0, m2
  mov a12, a5
  mula.dd.hl.ldinc m0, a13, m0, m3
  mula.dd.lh.ldinc m3, a12, m1, m3
  mula.dd.hl.ldinc m1, a13, m1, m2
  addi a0, a0, 4
  rsr a14, acclo
  bne a13, a9, 3b
5:
  /* the last pixel's byte, the next channel */
  add a14, a14, a8
  s32i a14, a0, 0
  l32i a11, a1, 4
  l32i a15, a1, 12
  l32i a14, a1, 16
  l32i a0, a1, 8
  l32i a2, a15, RECORD_BYTES
  addi a11, a11, -1
  addi a0, a0, 1
  s32i a11, a1, 4
  add a14, a14, a2
  bnez a11, 1b
  l32i a0, a1, 0
  retw

#endif
