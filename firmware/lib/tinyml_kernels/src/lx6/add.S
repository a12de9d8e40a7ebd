/* Addition of two int8 rows: 12 cycles a value with a factor for each input, 11 through tables.

   Two factors and an offset, with rounding folded in, give TFLite's bytes for nearly all additions; where they do not, either
   input has but 256 values, so its share of the sum is a table of words. The compiler has checked all 65,536 pairs. Four
   values at a time; what does not fill four goes first, singly. */
#ifdef __XTENSA__

/* void tm_lx6_add_tables(const int8_t *a, const int8_t *b, int8_t *out, int count, const tm_lx6_sum *sum)

   Registers   a2, a3 inputs   a4 out   a5 count   a6, a7 tables or factors   a8..a11 scratch   a12 offset; shift in SAR */
  .macro value offset
  l8ui  a8, a2, \offset
  l8ui  a9, a3, \offset
  addx4 a8, a8, a6
  addx4 a9, a9, a7
  l32i  a8, a8, 0
  l32i  a9, a9, 0
  add   a8, a8, a9
  sra   a8, a8
  clamps a8, a8, 7
  s8i   a8, a4, \offset
  .endm

  .macro two_values first, second       /* side by side, so that no load is used before it is ready */
  l8ui  a8, a2, \first
  l8ui  a9, a3, \first
  l8ui  a10, a2, \second
  l8ui  a11, a3, \second
  addx4 a8, a8, a6
  addx4 a9, a9, a7
  addx4 a10, a10, a6
  addx4 a11, a11, a7
  l32i  a8, a8, 0
  l32i  a9, a9, 0
  l32i  a10, a10, 0
  l32i  a11, a11, 0
  add   a8, a8, a9
  sra   a8, a8
  add   a10, a10, a11
  clamps a8, a8, 7
  sra   a10, a10
  s8i   a8, a4, \first
  clamps a10, a10, 7
  s8i   a10, a4, \second
  .endm

  .section .iram1.tm_lx6_add_tables,"ax",@progbits
  .p2align 2
  .globl tm_lx6_add_tables
tm_lx6_add_tables:
  entry a1, 32
  l32i  a8, a6, 8
  l32i  a7, a6, 4
  l32i  a6, a6, 0
  ssr   a8
  extui a8, a5, 0, 2
  srli  a5, a5, 2
  loopnez a8, 1f
  value 0
  addi  a2, a2, 1
  addi  a3, a3, 1
  addi  a4, a4, 1
1:
  loopnez a5, 2f
  two_values 0, 1
  two_values 2, 3
  addi  a2, a2, 4
  addi  a3, a3, 4
  addi  a4, a4, 4
2:
  retw

  .macro product offset
  l8ui  a8, a2, \offset
  l8ui  a9, a3, \offset
  sext  a8, a8, 7
  sext  a9, a9, 7
  mull  a8, a8, a6
  mull  a9, a9, a7
  add   a8, a8, a12
  add   a8, a8, a9
  sra   a8, a8
  clamps a8, a8, 7
  s8i   a8, a4, \offset
  .endm

  .macro two_products first, second
  l8ui  a8, a2, \first
  l8ui  a9, a3, \first
  l8ui  a10, a2, \second
  l8ui  a11, a3, \second
  sext  a8, a8, 7
  sext  a9, a9, 7
  sext  a10, a10, 7
  sext  a11, a11, 7
  mull  a8, a8, a6
  mull  a9, a9, a7
  mull  a10, a10, a6
  mull  a11, a11, a7
  add   a8, a8, a12
  add   a10, a10, a12
  add   a8, a8, a9
  add   a10, a10, a11
  sra   a8, a8
  sra   a10, a10
  clamps a8, a8, 7
  clamps a10, a10, 7
  s8i   a8, a4, \first
  s8i   a10, a4, \second
  .endm

  .section .iram1.tm_lx6_add_factors,"ax",@progbits
  .p2align 2
  .globl tm_lx6_add_factors
tm_lx6_add_factors:
  entry a1, 32
  l32i  a8, a6, 8
  l32i  a12, a6, 20
  l32i  a7, a6, 16
  l32i  a6, a6, 12
  ssr   a8
  extui a8, a5, 0, 2
  srli  a5, a5, 2
  loopnez a8, 1f
  product 0
  addi  a2, a2, 1
  addi  a3, a3, 1
  addi  a4, a4, 1
1:
  loopnez a5, 2f
  two_products 0, 1
  two_products 2, 3
  addi  a2, a2, 4
  addi  a3, a3, 4
  addi  a4, a4, 4
2:
  retw

#endif
