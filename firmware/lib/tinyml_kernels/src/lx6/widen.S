/* int8 to int16, plus 128: MAC16 multiplies 16-bit halves of words.

   Xtensa has no load of a signed byte. Inverting the top bit of a byte turns the signed x into the unsigned x + 128, and
   an unsigned byte needs only zeros above it. Four bytes at a time: invert all top bits, then one AND takes bytes 0
   and 2 out as two 16-bit lanes, a shift and another AND bytes 1 and 3. The lanes come in the order 0, 2, 1, 3; the
   compiler has put the weights in the same order, and has taken 128 * (sum of weights) off the accumulator's start. */
#ifdef __XTENSA__

  .section .iram1.tm_lx6_widen_quads,"ax",@progbits
  .p2align 2
.Ltop_bits:
  .long 0x80808080
.Llanes:
  .long 0x00FF00FF
  .globl tm_lx6_widen_quads
tm_lx6_widen_quads:                  /* a2 in, a3 out, a4 quads */
  entry a1, 32
  l32r  a8, .Ltop_bits
  l32r  a9, .Llanes
  bbci  a4, 0, 1f                    /* an odd one first, then two at a time */
  l32i  a5, a2, 0
  addi  a2, a2, 4
  xor   a5, a5, a8
  and   a6, a5, a9
  srli  a5, a5, 8
  and   a5, a5, a9
  s32i  a6, a3, 0
  s32i  a5, a3, 4
  addi  a3, a3, 8
1:
  srli  a4, a4, 1
  loopnez a4, 2f
  l32i  a5, a2, 0
  l32i  a7, a2, 4
  addi  a2, a2, 8
  xor   a5, a5, a8
  xor   a7, a7, a8
  and   a6, a5, a9
  srli  a5, a5, 8
  and   a5, a5, a9
  s32i  a6, a3, 0
  s32i  a5, a3, 4
  and   a6, a7, a9
  srli  a7, a7, 8
  and   a7, a7, a9
  s32i  a6, a3, 8
  s32i  a7, a3, 12
  addi  a3, a3, 16
2:
  retw

/* Small records to wide ones (tm_packed.h), about 30 cycles each and 9 for four weights. MAC16 wants signed halves, and
   bytes have lost their signs in the word; so the compiler has made them unsigned: plus 128 in the lower lane, plus 127 in
   the upper, and 1 more there where the lower is negative, because one subtraction of 0x007F0080 from both lanes borrows
   from the upper for it. */
  .section .iram1.tm_lx6_unpack,"ax",@progbits
  .p2align 2
.Lunpack_lanes:
  .long 0x00FF00FF
.Lunpack_bias:
  .long 0x007F0080
  .globl tm_lx6_unpack
tm_lx6_unpack:                       /* a2 from, a3 to, a4 more than plain, a5 groups, a6 records, a7 bytes to go back */
  entry a1, 32
  l32r  a9, .Lunpack_lanes
  l32r  a8, .Lunpack_bias
1:
  l32i  a10, a2, 0                   /* coarse and shift */
  l32i  a11, a2, 4
  l32i  a12, a2, 8
  srai  a13, a10, 5
  extui a10, a10, 0, 5
  s32i  a11, a3, 4
  s32i  a12, a3, 8
  s32i  a13, a3, 0
  s32i  a10, a3, 12
  addi  a2, a2, 12
  addi  a3, a3, 16
  beqz  a4, 2f
  l32i  a10, a2, 0
  l32i  a11, a2, 4
  addi  a2, a2, 8
  s32i  a10, a3, 0
  s32i  a11, a3, 4
  addi  a3, a3, 8
2:
  bbci  a5, 0, 3f                    /* an odd group first, then two at a time */
  l32i  a10, a2, 0
  addi  a2, a2, 4
  and   a13, a10, a9
  srli  a10, a10, 8
  sub   a13, a13, a8
  and   a10, a10, a9
  s32i  a13, a3, 0
  sub   a10, a10, a8
  s32i  a10, a3, 4
  addi  a3, a3, 8
3:
  srli  a14, a5, 1
  loopnez a14, 4f
  l32i  a10, a2, 0
  l32i  a11, a2, 4
  addi  a2, a2, 8
  and   a12, a10, a9
  srli  a10, a10, 8
  and   a13, a11, a9
  srli  a11, a11, 8
  sub   a12, a12, a8
  and   a10, a10, a9
  s32i  a12, a3, 0
  sub   a10, a10, a8
  and   a11, a11, a9
  s32i  a10, a3, 4
  sub   a13, a13, a8
  sub   a11, a11, a8
  s32i  a13, a3, 8
  s32i  a11, a3, 12
  addi  a3, a3, 16
4:
  addi  a6, a6, -1
  sub   a3, a3, a7
  bnez  a6, 1b
  retw

/* Four channels of three rows into 16-bit lanes, 26 cycles a column. All loads come first: nothing waits for them. */
  .section .iram1.tm_lx6_spread_lanes,"ax",@progbits
  .p2align 2
.Lspread_top_bits:
  .long 0x80808080
.Lspread_lanes:
  .long 0x00FF00FF
  .globl tm_lx6_spread_lanes
tm_lx6_spread_lanes:                 /* a2 job */
  entry a1, 32
  l32i  a3, a2, 0                    /* rows */
  l32i  a4, a2, 4
  l32i  a5, a2, 8
  l32i  a6, a2, 12                   /* their strides */
  l32i  a7, a2, 16
  l32i  a8, a2, 20
  l32i  a9, a2, 24                   /* even, odd */
  l32i  a10, a2, 28
  l32i  a11, a2, 32                  /* columns */
  l32r  a12, .Lspread_top_bits
  l32r  a13, .Lspread_lanes
  loopnez a11, 4f
  l32i  a14, a3, 0
  l32i  a15, a4, 0
  l32i  a2, a5, 0
  add   a3, a3, a6
  xor   a14, a14, a12
  add   a4, a4, a7
  xor   a15, a15, a12
  add   a5, a5, a8
  and   a11, a14, a13
  srli  a14, a14, 8
  s32i  a11, a9, 0
  and   a14, a14, a13
  xor   a2, a2, a12
  s32i  a14, a10, 0
  and   a11, a15, a13
  srli  a15, a15, 8
  s32i  a11, a9, 4
  and   a15, a15, a13
  and   a11, a2, a13
  s32i  a15, a10, 4
  srli  a2, a2, 8
  s32i  a11, a9, 8
  and   a2, a2, a13
  addi  a9, a9, 12
  s32i  a2, a10, 8
  addi  a10, a10, 12
4:
  retw

  .section .iram1.tm_lx6_widen_bytes,"ax",@progbits
  .p2align 2
  .globl tm_lx6_widen_bytes
tm_lx6_widen_bytes:                  /* a2 in, a3 out, a4 count */
  entry a1, 32
  movi  a6, 128
  loop  a4, 3f
  l8ui  a5, a2, 0
  addi  a2, a2, 1
  xor   a5, a5, a6
  s16i  a5, a3, 0
  addi  a3, a3, 2
3:
  mov   a2, a3
  retw

#endif
