/* RV32IMC start-up on QEMU's virt machine: gp, sp, a trap handler that ends the program, then C. */
  .section .vectors,"ax"
  .globl _start
_start:
  .option push
  .option norelax
  la    gp, __global_pointer$
  .option pop
  la    sp, _stack_top
  la    t0, trap
  csrw  mtvec, t0
  tail  start_c

  .balign 4
trap:
  li    a0, 100
  tail  tinyml_hal_exit
