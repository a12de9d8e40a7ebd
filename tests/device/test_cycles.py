"""The model of the ESP32's pipeline: small loops with dependence patterns whose cycles on silicon are published.

The loops run on the emulator; what is checked is made of the instructions that it executed.
"""

from dataclasses import dataclass

import pytest
from support.emulated import need

from tinyml.boards import load_board
from tinyml.device import emulator, trace
from tinyml.device.cycles import Section, count, decode, load_core
from tinyml.device.trace import Instruction, Trace
from tinyml.errors import TinymlError

ROUNDS = 100


@dataclass(frozen=True)
class Loop:
    """The body of a zero-overhead loop and the cycles of a round. Pointers: a10, a11; numbers: the rest; a2 is 0."""

    name: str
    body: str
    cycles: int


LOOPS = (
    Loop("a loop that does nothing", "nop", 1),
    # MAC16
    Loop(
        "four multiplications, words used after two instructions",
        "mula.dd.ll.ldinc m3, a10, m0, m2; mula.dd.hh.ldinc m0, a11, m0, m2;"
        "mula.dd.ll.ldinc m2, a10, m1, m3; mula.dd.hh.ldinc m1, a11, m1, m3",
        6,
    ),
    Loop(
        "four multiplications, words used after three instructions",
        "ldinc m3, a10; mula.dd.ll m0, m2; mula.dd.hh.ldinc m0, a11, m0, m2;"
        "mula.dd.ll.ldinc m2, a10, m1, m3; mula.dd.hh.ldinc m1, a11, m1, m3",
        5,
    ),
    Loop("a word used at once", "ldinc m0, a10; mula.dd.ll m0, m2", 4),
    Loop("sums on sums", "mula.aa.ll a8, a9; mula.aa.hh a8, a9", 2),
    Loop("a sum read at once, and used at once", "mula.aa.ll a8, a9; rsr.acclo a12; add a13, a12, a12", 5),
    Loop("a sum written", "wsr.acclo a8; nop", 4),
    Loop("a sum begun by a multiplication", "mul.aa.ll a8, a9; mula.aa.ll a8, a9", 2),
    # memory
    Loop("a load used at once", "l32i a12, a10, 0; add a13, a12, a12", 4),
    Loop("a load used after one instruction", "l32i a12, a10, 0; nop; add a13, a12, a12", 4),
    Loop("a load used after two instructions", "l32i a12, a10, 0; nop; nop; add a13, a12, a12", 4),
    Loop("a load used by MAC16 at once", "l32i a12, a10, 0; mula.aa.ll a12, a9", 4),
    Loop("stores", "s32i a8, a10, 0; s8i a8, a10, 1", 2),
    Loop("shift amounts", "ssr a8; sra a12, a9", 2),
    # multiplier
    Loop("a product used at once", "mull a12, a8, a9; add a13, a12, a12", 3),
    Loop("a product used after one instruction", "mull a12, a8, a9; nop; add a13, a12, a12", 3),
    # floating point
    Loop("a chain of sums", "add.s f0, f0, f1", 4),
    Loop("a chain of fused multiplications and additions", "madd.s f0, f1, f2", 4),
    Loop("products that do not wait for one another", "mul.s f3, f1, f2; mul.s f4, f1, f2", 2),
    Loop("a float loaded and used at once", "lsi f3, a10, 0; mul.s f4, f3, f1", 2),
    # flow
    Loop("a taken branch", "beqz a2, 7f; nop; 7: nop", 5),
    Loop("a branch not taken", "bnez a2, 7f; nop; 7: nop", 3),
    Loop("a jump", "j 7f; nop; 7: nop", 5),
    Loop("a call and its return", "callx4 a3; nop", 10),
)

# 256 products of Q15 numbers, the sum rounded and stored: the published kernel's dependences, not its code.
DOT_PRODUCT = """
  .section .iram1.dot_product,"ax",@progbits
  .p2align 2
.Lhalf:
  .long 0x4000
dot_product:                 /* a2 x, a3 y, a4 out, a5 count: a multiple of 4 */
  entry a1, 32
  blti  a5, 8, 9f
  movi  a9, 0
  l32r  a10, .Lhalf
  wsr   a9, acchi
  wsr   a10, acclo           /* half of the last place */
  addi  a2, a2, -4
  addi  a3, a3, -4
  srli  a5, a5, 2
  ldinc m0, a2
  ldinc m2, a3
  ldinc m1, a2
  addi  a5, a5, -1
  loopnez a5, 1f
  mula.dd.ll.ldinc m3, a3, m0, m2
  mula.dd.hh.ldinc m0, a2, m0, m2
  mula.dd.ll.ldinc m2, a3, m1, m3
  mula.dd.hh.ldinc m1, a2, m1, m3
1:
  mula.dd.ll.ldinc m3, a3, m0, m2
  mula.dd.hh m0, m2
  mula.dd.ll m1, m3
  mula.dd.hh m1, m3
  ssai  15
  rsr   a8, acchi
  rsr   a10, acclo
  src   a8, a8, a10
  s16i  a8, a4, 0
  movi  a2, 0
  retw
9:
  movi  a2, 1
  retw
"""
COUNTDOWN = "7: addi a8, a8, -1; bnez a8, 7b"
READ = "rsr.ccount a15"


def assembly() -> str:
    """Return a function `loops` that reads CCOUNT before and after each of LOOPS, and of three more sections."""
    setup = f"mov a11, a10; movi a2, 0; movi a8, 3; movi a9, 5; movi a14, {ROUNDS}; nop; nop"
    parts = ["entry a1, 64; mov a10, a2; s32i a10, a1, 32; l32r a3, .Lleaf"]
    parts += [f"{setup}; {READ}; loop a14, 8f; {loop.body}; 8: {READ}; l32i a10, a1, 32" for loop in LOOPS]
    parts += [f"movi a8, {ROUNDS}; nop; {READ}; {COUNTDOWN}; {READ}"]
    parts += [f"movi a14, 0; nop; {READ}; loopnez a14, 8f; nop; 8: {READ}"]
    arguments = "mov a11, a10; mov a12, a10; movi a13, 256"
    parts += [f"l32r a8, .Ldot_product; {READ}; {arguments}; callx8 a8; {READ}; retw"]
    statements = [statement.strip() for part in parts for statement in part.split(";")]
    code = "\n".join(
        statement.replace(": ", ":\n  ") if ":" in statement else f"  {statement}" for statement in statements
    )
    return f"""{DOT_PRODUCT}
  .p2align 2
leaf:
  entry a1, 16
  retw
  .p2align 2
.Lleaf:
  .long leaf
.Ldot_product:
  .long dot_product
  .globl loops
loops:                       /* a2 memory */
{code}
"""


PROGRAM = """
#include "hal.h"
void loops(void *memory);
static int32_t memory[512];
int main(void) {
  loops(memory);
  hal_exit(memory[1] == 0 ? 0 : 1);
}
"""


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    need("esp32_emulated")
    board = load_board("esp32_emulated")
    folder = tmp_path_factory.mktemp("loops")
    program = emulator.build(folder, board, {"main.c": PROGRAM, "loops.S": assembly()})
    return trace.run(board, program)[1]


@pytest.fixture(scope="module")
def sections(traced: Trace) -> list[Section]:
    """The sections that begin at an odd read of CCOUNT: the loops, the countdown, the empty loop, the dot product."""
    found = count(traced, load_core("lx6")).sections[1::2]
    assert len(found) == len(LOOPS) + 3
    return found


@pytest.mark.parametrize("index", range(len(LOOPS)), ids=[loop.name for loop in LOOPS])
def test_a_round_of_a_loop(sections: list[Section], index: int) -> None:
    ends = 3  # LOOP, the first way back, the read of CCOUNT
    assert sections[index].cycles == pytest.approx(ends + ROUNDS * LOOPS[index].cycles, abs=6)


def test_a_sum_and_a_taken_branch(sections: list[Section]) -> None:
    assert sections[-3].instructions == 2 * ROUNDS + 1
    assert sections[-3].cycles == 5 * ROUNDS - 3 + 1, "the last branch is not taken"


def test_a_loop_of_no_rounds(sections: list[Section]) -> None:
    assert sections[-2].cycles == 4 + 1


def test_a_dot_product_with_its_call(sections: list[Section]) -> None:
    assert sections[-1].cycles == pytest.approx(437, abs=2)


def test_every_instruction_is_counted_once(traced: Trace) -> None:
    counted = count(traced, load_core("lx6"))
    assert counted.instructions == traced.instructions == sum(1 for _ in traced.executed())
    assert counted.cycles == counted.instructions + sum(counted.lost(traced).values())


def test_the_model_forgets_nothing_between_runs(traced: Trace) -> None:
    """Runs worked out once for each state give what one instruction after the other gives."""
    single = Trace(traced.code, [(instruction.address, 1, 1) for instruction in traced.executed()])
    # As runs of one instruction each looks like a jump to it: leave out those that go on in memory.
    joined: list[tuple[int, int, int]] = []
    for address, _, _ in single.runs:
        if joined and sum(i.size for i in traced.body(*joined[-1][:2])) + joined[-1][0] == address:
            joined[-1] = (joined[-1][0], joined[-1][1] + 1, 1)
        else:
            joined.append((address, 1, 1))
    core = load_core("lx6")
    assert count(Trace(traced.code, joined), core).sections == count(traced, core).sections


def test_what_instructions_read_and_write() -> None:
    both = decode("mula.dd.ll.ldinc m3, a12, m0, m2")
    assert both.reads == (("a12", ""), ("m0", ""), ("m2", ""), ("sum", ""))
    assert both.writes == (("m3", "mac_load"), ("a12", "alu"), ("sum", "mac"))
    assert decode("wsr.m2 a4").writes == (("m2", "alu"),)
    assert decode("add.n a2, a3, a4").reads == (("a3", ""), ("a4", ""))
    assert decode("s32i.n a8, a1, 4").reads == (("a8", ""), ("a1", ""))
    assert decode("moveqz a2, a3, a4").reads == (("a2", ""), ("a3", ""), ("a4", ""))
    assert decode("sra a2, a3").reads == (("a3", ""), ("sar", ""))
    assert decode("lsiu f1, a2, 4").writes == (("f1", "float_load"), ("a2", "alu"))
    assert decode("rsr.ccount a3").reads_clock
    assert decode("bnez.n a3, 0x400").flow == "branch"
    assert decode("retw.n").flow == "return"


def test_a_trace_without_an_emulator() -> None:
    """The model's input is a list of executed instructions, wherever it comes from."""
    words = ["rsr.ccount a3", "l32i a4, a5, 0", "add a6, a4, a4", "rsr.ccount a3"]
    code = {4 * i: Instruction(4 * i, 4, "", text) for i, text in enumerate(words)}
    counted = count(Trace(code, [(0, 4, 1)]), load_core("lx6"))
    assert [section.cycles for section in counted.sections] == [1, 5, 0]


def test_a_core_that_does_not_exist() -> None:
    with pytest.raises(TinymlError, match="no core called 'lx9'"):
        load_core("lx9")
