/* Cortex-M4: dot products of two pixels by two output channels with SMLAD, and depthwise 3x3 of four channels.

   SMLAD multiplies two pairs of int16 and adds both products: two multiply-accumulates. Pixels are widened once to
   int16 in the order that SXTB16 gives (0, 2, 1, 3); weights are int16 in the same order. A step takes four taps of
   two pixels and two channels: one LDM (pixels), two LDRD (weights) and eight SMLAD, 11 instructions for 16
   multiply-accumulates. Pixels lie in the scratch buffer as [four taps of pixel 0][four of pixel 1], weights in the
   record as [four taps of channel 0][four of channel 1].

   Requantization: weights and bias hold a factor of 2 (and left shifts), so that SMMULR, the rounded upper half of a
   product, is TFLite's doubling high multiplication. Then (h + (h < 0 ? -1 : 0) + half) >> shift is its rounding
   division, with half and the output's zero point in one constant. With a zero point of -128 negative values end at
   -128 either way, and the one-sided variant leaves the sign out. */
#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP

  .syntax unified
  .thumb

  .macro requantize acc, multiplier, rounding, shift, two_sided
  smmulr \acc, \acc, \multiplier
  .if \two_sided
  add   \acc, \acc, \acc, asr #31
  .endif
  add   \acc, \acc, \rounding
  asr   \acc, \acc, \shift
  ssat  \acc, #8, \acc
  .endm

  .macro four_taps
  ldmia r1!, {r8-r11}
  ldrd  r12, lr, [r0], #8
  smlad r4, r8, r12, r4
  smlad r5, r10, r12, r5
  smlad r4, r9, lr, r4
  smlad r5, r11, lr, r5
  ldrd  r12, lr, [r0], #8
  smlad r6, r8, r12, r6
  smlad r7, r10, r12, r7
  smlad r6, r9, lr, r6
  smlad r7, r11, lr, r7
  .endm

/* void tm_m4_dot_pairs(const tm_m4_job *job): for each pair of channels. Record: bias of both, weights, then
   multiplier, rounding, shift of each.
   Registers  r0 record   r1 pixels   r2 steps, then out stride - 1   r3 out
              r4..r7 sums: pixel 0 and 1 of channel 0, pixel 0 and 1 of channel 1   r8..r11 pixels   r12, lr weights */
  .macro dot_pairs name, two_sided
  .section .text.\name,"ax",%progbits
  .p2align 2
  .global \name
  .type \name, %function
\name:
  push  {r3-r11, lr}
  ldr   r1, [r0, #4]                    /* pairs of channels */
  str   r1, [sp]
  ldr   r3, [r0, #16]
  push  {r0, r1}                        /* [sp] job, [sp, 8] pairs */
  ldr   r0, [r0]
1:
  ldr   r8, [sp]
  ldrd  r4, r6, [r0], #8
  ldrd  r1, r2, [r8, #8]                /* pixels, steps */
  mov   r5, r4
  mov   r7, r6
  lsrs  r2, r2, #1
  bcc   2f
  four_taps
  cbz   r2, 3f
2:
  four_taps
  four_taps
  subs  r2, r2, #1
  bne   2b
3:
  ldr   r1, [sp]
  ldmia r0!, {r8-r10}
  ldr   r2, [r1, #20]
  requantize r4, r8, r9, r10, \two_sided
  requantize r5, r8, r9, r10, \two_sided
  ldmia r0!, {r8-r10}
  strb  r4, [r3], #1
  strb  r5, [r3, r2]
  requantize r6, r8, r9, r10, \two_sided
  requantize r7, r8, r9, r10, \two_sided
  ldr   r1, [sp, #8]
  strb  r6, [r3], #1
  strb  r7, [r3, r2]
  subs  r1, r1, #1
  str   r1, [sp, #8]
  bne   1b
  add   sp, sp, #8
  pop   {r3-r11, pc}
  .size \name, . - \name
  .endm

  dot_pairs tm_m4_dot_pairs, 0
  dot_pairs tm_m4_dot_pairs_two_sided, 1

/* void tm_m4_widen_pairs(const int8_t *pixel_0, const int8_t *pixel_1, int16_t *out, int quads) */
  .section .text.tm_m4_widen_pairs,"ax",%progbits
  .p2align 2
  .global tm_m4_widen_pairs
  .type tm_m4_widen_pairs, %function
tm_m4_widen_pairs:
  push  {r4-r7, lr}
1:
  ldr   r5, [r0], #4
  ldr   r7, [r1], #4
  sxtb16 r4, r5
  sxtb16 r5, r5, ror #8
  sxtb16 r6, r7
  sxtb16 r7, r7, ror #8
  subs  r3, r3, #1
  stmia r2!, {r4-r7}
  bne   1b
  pop   {r4-r7, pc}
  .size tm_m4_widen_pairs, . - tm_m4_widen_pairs

/* void tm_m4_depthwise(const int8_t *const *taps, const int32_t *records, int channels, int8_t *out)

   Four channels of one pixel at a time. taps[9] point to the pixel's nine neighbours. Record: four biases, nine taps
   of (weight 0 | weight 2 << 16, weight 1 | weight 3 << 16), then multiplier, rounding, shift of each channel.
   Registers  r0 taps   r1 record   r2 channel   r3 out   r4..r7 sums   r8 four bytes   r9, r10 their lanes
              r11, r12 weights   lr channels */
  .macro tap index
  ldr   r8, [r0, #4 * \index]
  ldr   r8, [r8, r2]
  ldrd  r11, r12, [r1], #8
  sxtb16 r9, r8
  sxtb16 r10, r8, ror #8
  smlabb r4, r9, r11, r4
  smlatt r6, r9, r11, r6
  smlabb r5, r10, r12, r5
  smlatt r7, r10, r12, r7
  .endm

  .macro depthwise name, two_sided
  .section .text.\name,"ax",%progbits
  .p2align 2
  .global \name
  .type \name, %function
\name:
  push  {r4-r11, lr}
  mov   lr, r2
  movs  r2, #0
1:
  ldmia r1!, {r4-r7}
  tap   0
  tap   1
  tap   2
  tap   3
  tap   4
  tap   5
  tap   6
  tap   7
  tap   8
  .irp  acc, r4, r5, r6, r7
  ldmia r1!, {r9-r11}
  requantize \acc, r9, r10, r11, \two_sided
  strb  \acc, [r3], #1
  .endr
  adds  r2, r2, #4
  cmp   r2, lr
  bne   1b
  pop   {r4-r11, pc}
  .size \name, . - \name
  .endm

  depthwise tm_m4_depthwise, 0
  depthwise tm_m4_depthwise_two_sided, 1

#endif
