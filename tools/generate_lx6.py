"""Write the inner loops of the ESP32's (LX6) kernels: firmware/lib/tinyml_kernels/src/lx6/dot.S and depthwise.S.

    python tools/generate_lx6.py            writes them
    python tools/generate_lx6.py --check    says whether they are what this program writes

The core issues one instruction a cycle, in order, and waits where a value is not ready: a word that was loaded can be used
three instructions later, a product two, MAC16's sum two (tinyml/device/cores/lx6.toml). So a loop is fast where every
wait has other work in it. Here a loop is written in the order in which one would think it; `schedule` puts its
instructions in the order in which nothing waits, by the same table of latencies that predicts cycles. What the loops do,
and why, stands at the head of each file that is written (the texts DOT, DEPTHWISE and GATHER below).
"""

import argparse
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tinyml.device.cycles import Operation, State, decode, issue, load_core

FOLDER = Path(__file__).parent.parent / "firmware" / "lib" / "tinyml_kernels" / "src" / "lx6"
CORE = load_core("lx6")
LONGEST_LOOP_BYTES = 256
INSTRUCTION_BYTES = 3
STRAIGHT = (*range(4, 52, 4), 64)  # numbers of taps that have a loop of their own
HELD = {False: 16, True: 12}  # and of those, up to so many with all weights in registers: plain, signed


def operation(text: str) -> Operation:
    """Return what an instruction reads and writes, as the model of the pipeline sees it."""
    name, _, rest = text.partition(" ")
    if name in ("rsr", "wsr"):  # written `rsr a14, acclo` here and `rsr.acclo a14` by disassemblers
        register, special = rest.split(", ")
        text = f"{name}.{special} {register}"
    return decode(text)


def schedule(block: Iterable[str], late: Iterable[str] = (), before: Iterable[str] = ()) -> list[str]:
    """Return the instructions of a straight `block` in an order in which they wait least.

    Each keeps its place behind those whose results it uses and before those that overwrite what it reads. Of all that
    may come next without waiting, the first in `block` comes; those of `late` only where nothing else may. `before`
    are the instructions that run right before the block.
    """
    texts = [*block]
    operations = [operation(text) for text in texts]
    lasts = set(late)
    ready: dict[str, tuple[str, int]] = {}
    for slot, text in enumerate(prior := [*before]):
        ready.update({register: (kind, slot - len(prior)) for register, kind in operation(text).writes})
    after = [predecessors(operations, index) for index in range(len(texts))]
    order: list[str] = []
    waiting = set(range(len(texts)))
    slot = 0
    while waiting:
        free = [i for i in sorted(waiting) if not after[i] & waiting]
        earliest = {
            i: max((ready[r][1] + CORE.latency(ready[r][0], use) for r, use in operations[i].reads if r in ready), default=0)
            for i in free
        }  # fmt: skip
        now = [i for i in free if earliest[i] <= slot] or [min(free, key=lambda i: earliest[i])]
        chosen = min(now, key=lambda i: (texts[i] in lasts, i))
        slot = max(slot, earliest[chosen])
        ready.update({register: (kind, slot) for register, kind in operations[chosen].writes})
        order.append(texts[chosen])
        waiting.remove(chosen)
        slot += 1
    return order


def predecessors(operations: list[Operation], index: int) -> set[int]:
    """Return which instructions must come before instruction `index`."""
    reads = {register for register, _ in operations[index].reads}
    writes = {register for register, _ in operations[index].writes}
    found = set()
    for other, earlier in enumerate(operations[:index]):
        written = {register for register, _ in earlier.writes}
        if written & (reads | writes) or writes & {register for register, _ in earlier.reads}:
            found.add(other)
    return found


def scheduled_loop(block: list[str], late: Iterable[str] = ()) -> list[str]:
    """Schedule the body of a loop: what runs before it is itself."""
    order = schedule(block, late)
    for _ in range(4):
        order = schedule(block, late, before=order)
    return order


def cycles(body: list[str]) -> int:
    """Return what a round of a zero-overhead loop costs once it runs."""
    operations = tuple(operation(text) for text in body)
    state = State()
    for _ in range(3):
        step = issue(CORE, operations, state, jumped=False)
        state = step.state
    return step.cycles


@dataclass
class Function:
    """A function in assembly that grows line by line; all its instructions have three bytes."""

    name: str
    lines: list[str] = field(default_factory=list)
    instructions: int = 0

    def add(self, texts: Iterable[str]) -> None:
        """Append instructions."""
        for text in texts:
            self.lines.append(f"  {text}")
            self.instructions += 1

    def label(self, text: str) -> None:
        """Append a label."""
        self.lines.append(f"{text}:")

    def say(self, text: str) -> None:
        """Append a comment."""
        self.lines.append(f"  /* {text} */")

    def loop(self, register: str, body: list[str], end: str) -> None:
        """Append a zero-overhead loop; its first instruction lies within one word, where it is fetched at once."""
        while (self.instructions + 1) * INSTRUCTION_BYTES % 4 > 1:
            self.add(["nop"])
        assert len(body) * INSTRUCTION_BYTES <= LONGEST_LOOP_BYTES
        self.add([f"loopnez {register}, {end}f"])
        self.say(f"{len(body)} instructions, {cycles(body)} cycles")
        self.add(body)
        self.label(end)

    def text(self) -> str:
        """Return the function with its section."""
        head = [f'  .section .iram1.{self.name},"ax",@progbits', "  .p2align 2", f"  .globl {self.name}"]
        return "\n".join([*head, f"{self.name}:", *self.lines, ""])


# Registers of all loops. m0 and m1 hold input, m2 and m3 weights.
OUT, STACK, COARSE, FINE, OFFSET, STRIDE, SUM, PART = "a0", "a1", "a2", "a3", "a4", "a7", "a14", "a15"
NEGATIVE, START, CHOSEN = "a6", "a8", "a11"  # of the signed loops
WEIGHTS, INPUT, FIRST = "a12", "a13", "a5"
# Frame
RETURN, LEFT, COLUMN, JOB, RECORD = 0, 4, 8, 12, 16


def requantize(signed: bool, store: int = 0) -> list[str]:
    """Return what makes a byte of SUM and, last, goes to the next place, which fills the wait for the next sum."""
    begin = [f"add {SUM}, {SUM}, {START}", f"mov {CHOSEN}, {OFFSET}", f"movltz {CHOSEN}, {NEGATIVE}, {SUM}"]
    return [
        *(begin if signed else []),
        f"mull {PART}, {SUM}, {FINE}",
        f"mull {SUM}, {SUM}, {COARSE}",
        f"srai {PART}, {PART}, 16",
        f"add {SUM}, {SUM}, {CHOSEN if signed else OFFSET}",
        f"add {SUM}, {SUM}, {PART}",
        f"sra {SUM}, {SUM}",
        f"clamps {SUM}, {SUM}, 7",
        f"s8i {SUM}, {OUT}, {store}",
        f"add {OUT}, {OUT}, {STRIDE}",
    ]


READ_SUM = f"rsr {SUM}, acclo"


def constants(signed: bool) -> list[str]:
    """Return the loads of a record's constants, the record in SUM; PART is free afterwards."""
    loads = [
        f"l32i {PART}, {SUM}, 12",
        f"l32i {COARSE}, {SUM}, 0",
        f"l32i {FINE}, {SUM}, 4",
        f"l32i {OFFSET}, {SUM}, 8",
        f"ssr {PART}",
    ]
    return [*loads, f"l32i {START}, {SUM}, 16", f"l32i {NEGATIVE}, {SUM}, 20"] if signed else loads


def head_bytes(signed: bool) -> int:
    """Return where a record's weights begin."""
    return 24 if signed else 16


@dataclass(frozen=True)
class Dot:
    """The dot products of one number of taps, or (taps 0) of any from 12 on; signed or plain, see DOT."""

    taps: int
    signed: bool

    @property
    def name(self) -> str:
        """The function's name."""
        return f"tm_lx6_dot_{self.taps or 'long'}{'_signed' if self.signed else ''}"

    def finish(self) -> list[str]:
        """Return what is done with a sum."""
        return requantize(self.signed)

    @property
    def in_registers(self) -> bool:
        """Whether all weights stay in registers."""
        return 0 < self.taps <= HELD[self.signed]

    @property
    def kept(self) -> tuple[str, ...]:
        """Where the weights stay, a register for each word; of streamed weights the first two, or none."""
        if self.in_registers:
            free = ("m2", "m3", "a9", "a10", FIRST, WEIGHTS, NEGATIVE, START, CHOSEN)
            return free[: self.taps // 2]
        if self.signed:
            return ("a9", "a10") if self.taps else ()
        return (NEGATIVE, START)

    def weight(self, k: int, taps: int) -> tuple[str, str]:
        """Return register and half of the weight of tap `k`; weights lie in memory from the second to the first."""
        index = (k - 1) % taps
        word, half = index // 2, "lh"[index % 2]
        if word < len(self.kept):
            return self.kept[word], half
        return ("m3" if word % 2 == 0 else "m2"), half

    def multiply(self, k: int, taps: int, load: str | None) -> list[str]:
        """Return the multiplication of tap `k`, which loads a word into `load` meanwhile."""
        data = f"m{k // 2 % 2}"
        register, half = self.weight(k, taps)
        kind = f"{'dd' if register[0] == 'm' else 'da'}.{'lh'[k % 2]}{half}"
        if k == 0:
            begin = [f"mul.{kind} {data}, {register}"]
            return [*begin, f"ldinc {load}, {WEIGHTS}"] if load else begin
        if load is None:
            return [f"mula.{kind} {data}, {register}"]
        pointer = INPUT if load in ("m0", "m1") else WEIGHTS
        return [f"mula.{kind}.ldinc {load}, {pointer}, {data}, {register}"]

    def products(self, taps: int, part: range | None = None) -> list[str]:
        """Return the multiplications of the taps in `part`, or of all, with the loads for later ones."""
        found = []
        for k in part or range(taps):
            if k % 2:  # the input word has been used up: its register takes the one after the next
                load: str | None = f"m{k // 2 % 2}"
            elif self.in_registers:
                load = None
            else:
                load = self.next_weights(k, taps)
            found += self.multiply(k, taps, load)
            if not self.in_registers and k == taps - 4:
                found.append(f"mov {WEIGHTS}, {FIRST}")
        return found

    def next_weights(self, k: int, taps: int) -> str | None:
        """Return the register that takes the next word of streamed weights at even tap `k`; None where none is due."""
        first, last = (0, taps - 2) if not self.kept else (2, taps - 4)
        return ("m2" if k % 4 == 0 else "m3") if first <= k <= last else None

    def set_up(self) -> list[str]:
        """Return what prepares a channel; job in PART, record in SUM. A straight loop's rounds are left in CHOSEN."""
        at = head_bytes(self.signed)
        found = [f"l32i {INPUT}, {PART}, PIXELS"]
        if self.in_registers:
            found += [f"addi a9, {SUM}, {at - 4}", *(f"ldinc {register}, a9" for register in self.kept[:2])]
            found += [f"l32i {self.kept[i]}, {SUM}, {at + 4 * i}" for i in range(2, len(self.kept))]
        else:
            found += self.last_weights(at)
            found += [f"l32i {register}, {SUM}, {at + 4 * i}" for i, register in enumerate(self.kept)]
            found += [f"addi {FIRST}, {SUM}, {at - 4 + 4 * len(self.kept)}", f"mov {WEIGHTS}, {FIRST}"]
            found += [] if self.kept else [f"ldinc m3, {WEIGHTS}"]
        if self.taps:
            found += [f"l32i {CHOSEN}, {PART}, COUNT", f"addi {CHOSEN}, {CHOSEN}, -1"]
        else:
            found += [f"l32i a10, {PART}, GROUPS", f"l32i a9, {PART}, PIXEL_BYTES", "addi a10, a10, -3"]
        found += constants(self.signed)
        found += [f"addi {INPUT}, {INPUT}, -4", f"ldinc m0, {INPUT}", f"ldinc m1, {INPUT}"]
        return found if self.taps else [*found, f"add a9, a9, {INPUT}"]

    def last_weights(self, at: int) -> list[str]:
        """Return what loads the last word of the weights, which holds the first weight, into m2."""
        if not self.taps:
            pointer = [f"l32i {CHOSEN}, {PART}, WEIGHT_BYTES", f"add {CHOSEN}, {CHOSEN}, {SUM}"]
            return [*pointer, f"addi {CHOSEN}, {CHOSEN}, {at - 8}", f"ldinc m2, {CHOSEN}"]
        distance = at - 8 + 2 * self.taps
        steps = [min(distance, 124), distance - min(distance, 124)]
        pointer = [
            f"addi {CHOSEN}, {SUM}, {steps[0]}",
            *([f"addi {CHOSEN}, {CHOSEN}, {steps[1]}"] if steps[1] else []),
        ]
        return [*pointer, f"ldinc m2, {CHOSEN}"]

    def function(self) -> str:
        """Return the function's text."""
        made = Function(self.name)
        made.add(enter(f"l32i {STRIDE}, {PART}, OUT_STRIDE"))
        made.label("1")
        made.say("a channel: its constants, and the first pixel")
        made.add([f"s32i {SUM}, {STACK}, {RECORD}", f"s32i {OUT}, {STACK}, {COLUMN}"])
        if self.taps:
            made.add(schedule([*self.set_up(), *self.products(self.taps), READ_SUM]))
            made.say("further pixels, and the byte of the one before")
            body = [*self.finish(), *self.products(self.taps), READ_SUM]
            made.loop(CHOSEN, scheduled_loop(body, late=self.finish()[-1:]), "2")
        else:
            self.long_pixels(made)
        made.say("the last pixel's byte, the next channel")
        made.add(schedule([*self.finish()[:-1], *next_channel()]))
        made.add([f"bnez {CHOSEN}, 1b", f"l32i a0, {STACK}, {RETURN}", "retw"])
        return made.text()

    def long_pixels(self, made: Function) -> None:
        """Append the loop over the pixels where a loop over groups of four taps is in it."""
        taps = 16  # any: the first two groups and the last are the same for all
        first, middle, last = (self.products(taps, part) for part in (range(8), range(8, 12), range(12, 16)))
        made.add(schedule([*self.set_up(), *first]))
        made.loop("a10", middle, "2")
        made.add(schedule([*last, READ_SUM], before=middle))
        made.add([f"beq {INPUT}, a9, 5f"])
        made.label("3")
        made.add(schedule([*self.finish()[:-1], *first], before=[READ_SUM, f"bne {INPUT}, a9, 3b"]))
        made.loop("a10", middle, "4")
        made.add(schedule([*last, self.finish()[-1], READ_SUM], late=self.finish()[-1:], before=middle))
        made.add([f"bne {INPUT}, a9, 3b"])
        made.label("5")


class Sums(Dot):
    """The plain sums of channels for which the compiler found no constants: 32 bits each, for TFLite's arithmetic."""

    name = "tm_lx6_dot_sums"

    def finish(self) -> list[str]:
        """Return what stores a sum."""
        return [f"add {SUM}, {SUM}, {START}", f"s32i {SUM}, {OUT}, 0", f"addi {OUT}, {OUT}, 4"]


@dataclass(frozen=True)
class Depthwise:
    """Four channels of a 3x3 depthwise convolution; see DEPTHWISE."""

    stride: int
    signed: bool

    @property
    def name(self) -> str:
        """The function's name."""
        return f"tm_lx6_depthwise_{self.stride}{'_signed' if self.signed else ''}"

    @property
    def order(self) -> list[tuple[int, str]]:
        """The taps in the order of their multiplications, each with the pointer that loads it."""
        split = (
            3 * self.stride
        )  # so many words on lies the next pixel: the first pointer steps over just these
        words = [split, *range(split), *range(split + 1, 9)]
        return [(word, INPUT if word < split else WEIGHTS) for word in words]

    def products(self, half: str) -> list[str]:
        """Return the multiplications of a pixel's taps in one half of the lanes, with the loads for later ones."""
        found = []
        order = self.order
        for k, (tap, _) in enumerate(order):
            data, weights = f"m{k % 2}", ("m2", "m3", FIRST, "a9", "a10")[tap // 2]
            kind = f"{'dd' if weights[0] == 'm' else 'da'}.{half}{'lh'[tap % 2]}"
            # What multiplication k + 2 needs; the last two load for the next pixel, in turn: 9 is odd.
            pointer = order[k + 2][1] if k < 7 else order[8 - k][1]
            if k == 0:
                found += [f"mul.{kind} {data}, {weights}", f"ldinc {data}, {pointer}"]
            else:
                found.append(f"mula.{kind}.ldinc {data}, {pointer}, {data}, {weights}")
            if k == 6:
                found.append(f"addi {WEIGHTS}, {WEIGHTS}, {12 if self.stride == 2 else -12}")
        return found

    def set_up(self) -> list[str]:
        """Return what prepares a channel; record in SUM. The loop's rounds are left in CHOSEN."""
        at = head_bytes(self.signed)
        return [
            f"l32i {INPUT}, {STACK}, LANES",
            f"l32i {CHOSEN}, {STACK}, {LEFT}",
            f"addi a9, {SUM}, {at - 4}",
            "ldinc m2, a9",
            "ldinc m3, a9",
            *(f"l32i {register}, {SUM}, {at + 8 + 4 * i}" for i, register in enumerate((FIRST, "a9", "a10"))),
            *constants(self.signed),
            f"addi {WEIGHTS}, {INPUT}, {12 * self.stride - 4}",
            f"addi {INPUT}, {INPUT}, -4",
            f"addi {SUM}, {SUM}, {at + 20}",
            f"ldinc m1, {INPUT}",
            f"ldinc m0, {WEIGHTS}",
            f"addi {CHOSEN}, {CHOSEN}, -1",
            f"s32i {SUM}, {STACK}, {RECORD}",
        ]

    def function(self) -> str:
        """Return the function's text."""
        made = Function(self.name)
        made.add(
            schedule(
                [
                    f"entry {STACK}, 48",
                    f"s32i a0, {STACK}, {RETURN}",
                    f"s32i a2, {STACK}, {JOB}",
                    f"l32i {INPUT}, a2, EVEN",
                    f"l32i {CHOSEN}, a2, PIXEL_COUNT",
                    f"l32i {OUT}, a2, QUAD_OUT",
                    f"l32i {STRIDE}, a2, QUAD_STRIDE",
                    f"l32i {SUM}, a2, QUAD_RECORDS",
                    f"s32i {INPUT}, {STACK}, LANES",
                    f"s32i {CHOSEN}, {STACK}, {LEFT}",
                    f"s32i {OUT}, {STACK}, {COLUMN}",
                ]
            )
        )
        made.label("1")
        for half, store in (("l", 0), ("h", 2)):
            made.say(f"{'lower' if half == 'l' else 'upper'} halves: constants, and the first pixel")
            made.add(schedule([*self.set_up(), *self.products(half), READ_SUM]))
            finish = requantize(self.signed, store)
            body = [*finish, *self.products(half), READ_SUM]
            made.loop(CHOSEN, shortest_loop(body, finish), "2")
            again = [f"l32i {OUT}, {STACK}, {COLUMN}", f"l32i {SUM}, {STACK}, {RECORD}"]
            if half == "h":
                again += [
                    f"l32i a2, {STACK}, {JOB}",
                    f"l32i a3, {STACK}, LANES",
                    f"l32i {INPUT}, a2, ODD",
                    f"addi {OUT}, {OUT}, 1",
                    f"s32i {OUT}, {STACK}, {COLUMN}",
                    f"s32i {INPUT}, {STACK}, LANES",
                ]
            made.add(schedule([*finish[:-1], *again]))
        made.say("once more for the odd lanes")
        made.add([f"sub a3, {INPUT}, a3", "bnez a3, 1b", f"l32i a0, {STACK}, {RETURN}", "retw"])
        return made.text()


def shortest_loop(block: list[str], finish: list[str]) -> list[str]:
    """Schedule a loop's body with `finish` or the rest first, whichever takes fewer cycles."""
    rest = [text for text in block if text not in finish]
    orders = [scheduled_loop(body, late=finish[-1:]) for body in (block, [*rest[:-1], *finish, rest[-1]])]
    return min(orders, key=cycles)


def enter(more: str) -> list[str]:
    """Return the start of a function that goes through channels: job in PART, record in SUM, output in OUT."""
    return [
        f"entry {STACK}, 48",
        f"s32i a0, {STACK}, {RETURN}",
        f"mov {PART}, a2",
        f"s32i {PART}, {STACK}, {JOB}",
        f"l32i {CHOSEN}, {PART}, CHANNELS",
        f"l32i {OUT}, {PART}, OUT",
        f"l32i {SUM}, {PART}, RECORDS",
        more,
        f"s32i {CHOSEN}, {STACK}, {LEFT}",
    ]


def next_channel() -> list[str]:
    """Return the step to the next channel; what is left in CHOSEN."""
    return [
        f"l32i {CHOSEN}, {STACK}, {LEFT}",
        f"l32i {PART}, {STACK}, {JOB}",
        f"l32i {SUM}, {STACK}, {RECORD}",
        f"l32i {OUT}, {STACK}, {COLUMN}",
        f"l32i {COARSE}, {PART}, RECORD_BYTES",
        f"addi {CHOSEN}, {CHOSEN}, -1",
        f"addi {OUT}, {OUT}, 1",
        f"s32i {CHOSEN}, {STACK}, {LEFT}",
        f"add {SUM}, {SUM}, {COARSE}",
    ]


DOT = """/* Dot products with MAC16, many pixels for one output channel, then the next channel.

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
   Frame       0 return address, 4 channels left, 8 out of the first pixel, 12 job, 16 record */"""

JOB_LAYOUT = """
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
"""


def dot_file() -> str:
    """Return dot.S."""
    loops = [Dot(taps, signed) for signed in (False, True) for taps in (*STRAIGHT, 0)]
    texts = [loop.function() for loop in (*loops, Sums(0, True))]
    return "\n".join([DOT, GENERATED, "#ifdef __XTENSA__", JOB_LAYOUT, *texts, "#endif", ""])


DEPTHWISE = """/* Depthwise 3x3 with MAC16: four channels at a time.

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
   Frame       0 return address, 4 pixels, 8 out, 12 job, 16 record, 20 lanes */"""

QUAD_LAYOUT = """
  /* struct tm_lx6_depthwise_job */
#define QUAD_RECORDS 0
#define EVEN 4
#define ODD 8
#define PIXEL_COUNT 12
#define QUAD_OUT 16
#define QUAD_STRIDE 20
#define LANES 20 /* in the frame */
"""


def depthwise_file() -> str:
    """Return depthwise.S."""
    texts = [Depthwise(stride, signed).function() for stride in (1, 2) for signed in (False, True)]
    return "\n".join([DEPTHWISE, GENERATED, "#ifdef __XTENSA__", QUAD_LAYOUT, *texts, "#endif", ""])


GENERATED = "\n/* Written by tools/generate_lx6.py: change that, and run it. */"


GATHER = """/* The first layer's taps: int8 to int16, plus 128, the bytes of one row under each of many pixels.

   The channels of a color picture fill no words, so it goes byte by byte, 3 instructions each: load, invert the top bit
   (widen.S says why), store. All of a pixel's bytes stand in a row, their loads three ahead; a loop goes over the pixels. */"""
GATHERED = (3, 9)  # bytes of a row under a pixel: 3x3 on gray and on color


def gather(count: int) -> str:
    """Return the function that gathers `count` bytes of each pixel."""
    made = Function(f"tm_lx6_gather_{count}")
    made.say(
        "a2 in, a3 out, a4 pixels, a5 bytes from one pixel's input to the next, a6 from one's taps to the next's"
    )
    made.add(["entry a1, 32", "movi a7, 128"])
    body = []
    for index in range(count):
        register = f"a{8 + index % 8}"
        body += [
            f"l8ui {register}, a2, {index}",
            f"xor {register}, {register}, a7",
            f"s16i {register}, a3, {2 * index}",
        ]
    made.loop("a4", scheduled_loop([*body, "add a2, a2, a5", "add a3, a3, a6"]), "1")
    made.add(["retw"])
    return made.text()


def gather_file() -> str:
    """Return gather.S."""
    return "\n".join([GATHER, GENERATED, "#ifdef __XTENSA__", "", *map(gather, GATHERED), "#endif", ""])


def files() -> dict[str, str]:
    """Return the texts of the files by name."""
    return {"dot.S": dot_file(), "depthwise.S": depthwise_file(), "gather.S": gather_file()}


def main() -> None:
    """Write the files, or compare them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file differs")
    check = parser.parse_args().check
    for name, text in files().items():
        path = FOLDER / name
        if check and path.read_text() != text:
            sys.exit(f"{path} is not what this program writes: run it")
        path.write_text(text)


if __name__ == "__main__":
    main()
