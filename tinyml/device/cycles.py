"""Cycles of the ESP32's core, from a trace of executed instructions: a model of its pipeline.

The core issues one instruction a cycle, in order. An instruction waits ("stalls") until each value it uses is ready, and
a jump empties the pipeline behind it. Both costs are data with their evidence (cores/lx6.toml); which instruction
produces and uses what is the table FORMS below. Nothing else is modelled: code and data are taken to lie in internal
RAM, without wait states (what flash adds is another matter, a separate figure).

    counted = count(trace, load_core("lx6"))

Each read of CCOUNT ends a section, as on the chip, where the difference of two reads is what the section took.

A straight run of instructions takes the same cycles whenever it starts with the same values on their way. So runs are
worked out once for each such state, and a trace of 40 million instructions costs a few seconds.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tinyml.device.trace import Instruction, Trace
from tinyml.errors import TinymlError

CORES = Path(__file__).parent / "cores"


@dataclass(frozen=True)
class Core:
    """The parameters of a core's pipeline, in cycles; see cores/lx6.toml for what each means and its evidence."""

    title: str
    results: dict[str, int]
    exceptions: dict[tuple[str, str], int]  # (kind of result, use) where the use waits for longer
    redirects: dict[str, int]
    extra: dict[str, int]

    def latency(self, kind: str, use: str = "") -> int:
        """Return how many cycles after its producer a result of `kind` can be used without waiting."""
        return self.exceptions.get((kind, use), self.results[kind])

    def longest(self, kind: str) -> int:
        """Return the cycles after which nothing waits for a result of `kind`."""
        return max(self.results[kind], *(c for (k, _), c in self.exceptions.items() if k == kind), 0)


@cache
def load_core(name: str) -> Core:
    """Read cores/`name`.toml; raises TinymlError where there is none."""
    path = CORES / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(other.stem for other in CORES.glob("*.toml")))
        raise TinymlError(f"no core called '{name}'", cure=f"cores: {known}")
    data = tomllib.loads(path.read_text())

    def cycles(table: str) -> dict[str, int]:
        return {key: row["cycles"] for key, row in data[table].items()}

    exceptions = {
        (kind, use): wait for kind, row in data["results"].items() for use, wait in row.get("to", {}).items()
    }
    return Core(data["title"], cycles("results"), exceptions, cycles("redirects"), cycles("extra"))


class Form(NamedTuple):
    """What the instructions whose name matches `pattern` do with their operands.

    operands: a letter for each: `w` written, `r` read, `m` modified (read and written, with the result's kind), `u`
    stepped on (an address, read and written by an addition). Others and immediates do nothing. `reads` and `writes`
    name registers that are not operands.
    """

    pattern: str
    operands: str
    kind: str = "alu"  # of what is written: a row of [results]
    reads: str = ""
    writes: str = ""
    use: str = ""  # what is read is used for this: a name in `to`
    flow: str = ""  # a row of [redirects]: where the next instruction is not the next in memory
    extra: str = ""  # a row of [extra]


# The first match counts. Names come without their ".n".
FORMS = (
    # MAC16; its sum (ACCHI:ACCLO) is taken as one register, "sum"
    Form(r"u?mul\.(aa|ad|da|dd)\..*", "rr", "mac", writes="sum"),
    Form(r"mul[as]\.d[ad]\...\.ld(inc|dec)", "wurr", "mac_load", reads="sum", writes="sum"),
    Form(r"mul[as]\.(aa|ad|da|dd)\..*", "rr", "mac", reads="sum", writes="sum"),
    Form(r"ld(inc|dec)", "wu", "mac_load"),
    Form(r"rsr\.acc(lo|hi)", "w", "special", reads="sum", use="mac_read"),
    Form(r"wsr\.acc(lo|hi)", "r", "mac_written", writes="sum", extra="mac_write"),
    Form(r"wsr\.m(?P<number>[0-3])", "r", writes="m"),
    Form(r"rsr\..*", "w", "special"),
    Form(r"wsr\.sar", "r", writes="sar"),
    Form(r"w[su]r\..*", "r"),
    # memory
    Form(r"l32r|l32i|l32ai|l32e|l16[us]i|l8ui", "wr", "load"),
    Form(r"s32i|s32ri|s32e|s16i|s8i", "rr"),
    Form(r"lsx[pu]", "wur", "float_load"),
    Form(r"lsi[pu]", "wu", "float_load"),
    Form(r"ls[ix]", "wrr", "float_load"),
    Form(r"ss[ix][pu]", "rur"),
    Form(r"ss[ix]", "rrr"),
    # floating point
    Form(r"wfr|const\.s|mov\.s|neg\.s|abs\.s", "wr", "float_load"),
    Form(r"rfr", "wr", "special"),
    Form(r"madd\.s|msub\.s", "mrr", "float"),
    Form(r"u?float\.s|u?trunc\.s|round\.s|floor\.s|ceil\.s", "wr", "float_convert"),
    Form(r"(add|sub|mul|maddn|div0|recip0|sqrt0|rsqrt0|nexp01|mksadj|mkdadj)\.s", "wrr", "float"),
    # flow
    Form(r"loop(nez|gtz)?", "r", flow="loop_skipped"),
    Form(r"callx(0|4|8|12)", "r", flow="call"),
    Form(r"call(0|4|8|12)", "", flow="call"),
    Form(r"retw?", "", reads="a0", flow="return"),
    Form(r"rf(e|i|de|wo|wu)", "", flow="exception"),
    Form(r"j", "", flow="jump"),
    Form(r"jx", "r", flow="jump"),
    Form(r"break", ""),
    Form(r"b\w+", "rr", flow="branch"),
    Form(r"entry", "", flow="exception"),
    # arithmetic
    Form(r"ss[rl]|ssa8[lb]", "r", writes="sar"),
    Form(r"ssai", "", writes="sar"),
    Form(r"sr[al]|sll|src", "wrr", reads="sar"),
    Form(r"mull|mul[us]h|mul16[us]", "wrr", "multiply"),
    Form(r"quo[us]|rem[us]", "wrr", "divide"),
    Form(r"mov(eqz|nez|ltz|gez|f|t)(\.s)?", "mrr"),
    Form(r"nop|ill|simcall|rotw|[irde]sync|memw|extw", ""),
    Form(r".*", "wrrr"),
)
REGISTER = re.compile(r"[amfb]\d+")


class Operation(NamedTuple):
    """An instruction as the pipeline sees it."""

    reads: tuple[tuple[str, str], ...]  # register, use
    writes: tuple[tuple[str, str], ...]  # register, kind of result
    flow: str = ""
    extra: str = ""
    new_window: bool = False  # ENTRY and RETW turn the registers: what was on its way bears other names
    reads_clock: bool = False


def decode(words: str) -> Operation:
    """Return what an instruction, as QEMU and binutils write it, reads and writes."""
    name, _, rest = words.strip().partition(" ")
    name = name.removesuffix(".n")
    form, match = next((form, match) for form in FORMS if (match := re.fullmatch(form.pattern, name)))
    operands = [operand.strip() for operand in rest.split(",")]
    reads, writes = [], []
    for role, operand in zip(form.operands, operands, strict=False):
        if not REGISTER.fullmatch(operand):
            continue
        if role in "rmu":
            reads.append((operand, form.use))
        if role in "wm":
            writes.append((operand, form.kind))
        if role == "u":
            writes.append((operand, "alu"))
    if form.reads:
        reads.append((form.reads, form.use))
    if form.writes:
        register = form.writes + (match.groupdict().get("number") or "")
        # a multiplication that loads beside: its word is a load's, its sum is not
        writes.append((register, "mac" if form.kind == "mac_load" else form.kind))
    return Operation(
        tuple(reads), tuple(writes), form.flow, form.extra, name in ("entry", "retw"), name == "rsr.ccount"
    )


class State(NamedTuple):
    """What the pipeline still has on its way after an instruction."""

    pending: tuple[tuple[str, str, int], ...] = ()  # register, kind of result, cycles since its producer
    flow: str = ""  # of the last instruction
    extra: str = ""  # of the last instruction
    in_new_loop: bool = False  # a zero-overhead loop has begun and not gone back yet


class Step(NamedTuple):
    """A run of instructions, worked out: its cycles, those of them lost at each instruction, the state behind it."""

    cycles: int
    lost: tuple[tuple[int, int, str], ...]  # index in the run, cycles, why
    state: State


def issue(core: Core, body: tuple[Operation, ...], state: State, jumped: bool) -> Step:
    """Put a run of instructions through the pipeline; `jumped`: the first is not the next in memory after the last."""
    ready = {register: (kind, -age) for register, kind, age in state.pending}
    flow, extra, in_new_loop = state.flow, state.extra, state.in_new_loop
    now, lost = 0, []

    def lose(index: int, cycles: int, cause: str) -> int:
        if cycles > 0:
            lost.append((index, cycles, cause))
        return max(cycles, 0)

    for index, operation in enumerate(body):
        now += 1
        if extra:
            now += lose(index, core.extra[extra], extra)
        if jumped and index == 0:
            cause = flow or ("first_loop_back" if in_new_loop else "loop_back")
            in_new_loop = in_new_loop and bool(flow)
            now += lose(index, core.redirects[cause], cause)
        waits = [(0, "")]
        for register, use in operation.reads:
            if register in ready:
                kind, issued = ready[register]
                waits.append((issued + core.latency(kind, use) - now, f"{kind} to {use}" if use else kind))
        now += lose(index, *max(waits))
        if operation.new_window:
            ready = {register: entry for register, entry in ready.items() if register[0] != "a"}
        ready.update({register: (kind, now) for register, kind in operation.writes})
        flow, extra = operation.flow, operation.extra
        in_new_loop = in_new_loop or flow == "loop_skipped"
    pending = tuple(
        sorted((r, kind, now - at) for r, (kind, at) in ready.items() if now - at + 1 < core.longest(kind))
    )
    return Step(now, tuple(lost), State(pending, flow, extra, in_new_loop))


@dataclass
class Section:
    """What passed between two reads of CCOUNT."""

    instructions: int = 0
    cycles: int = 0
    window_cycles: int = 0  # of them, in the handlers of window overflow and underflow


@dataclass
class Counted:
    """The cycles of a trace.

    sections: the first is what came before the first read of CCOUNT, the last what came after the last.
    """

    sections: list[Section]
    uses: Counter = field(repr=False)  # (address, Step) -> how often

    @property
    def cycles(self) -> int:
        """Cycles of the whole trace."""
        return sum(section.cycles for section in self.sections)

    @property
    def instructions(self) -> int:
        """Instructions of the whole trace."""
        return sum(section.instructions for section in self.sections)

    def lost(self, trace: Trace) -> Counter:
        """Return where cycles were lost: (the instruction that came late, why) -> cycles."""
        found: Counter = Counter()
        for (address, count, step), times in self.uses.items():
            body = trace.body(address, count) if step.lost else ()
            for index, cycles, cause in step.lost:
                found[body[index], cause] += cycles * times
        return found


class Piece(NamedTuple):
    """A part of a run that reads CCOUNT at its end, if at all."""

    address: int
    operations: tuple[Operation, ...]
    handles_window: bool

    @property
    def reads_clock(self) -> bool:
        """Whether a section ends here."""
        return self.operations[-1].reads_clock


class Pipeline:
    """A core that takes runs of instructions, one after the other, and enters their cycles."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.counted = Counted([Section()], Counter())
        self.state = State()
        self.steps: dict[tuple[int, int, State, bool], Step] = {}

    def take(self, piece: Piece, jumped: bool, times: int = 1) -> None:
        """Put a piece through the pipeline, `times` times in a row."""
        while times:
            key = (piece.address, len(piece.operations), self.state, jumped)
            if key not in self.steps:
                self.steps[key] = issue(self.core, piece.operations, self.state, jumped)
            step = self.steps[key]
            # Once a round leaves the pipeline as it found it, all further ones take the same.
            rounds = times if step.state == self.state else 1
            self.enter(piece, step, rounds)
            self.state, times = step.state, times - rounds

    def enter(self, piece: Piece, step: Step, rounds: int) -> None:
        """Enter `rounds` executions of a piece; a read of CCOUNT opens the next section."""
        section = self.counted.sections[-1]
        section.instructions += len(piece.operations) * rounds
        section.cycles += step.cycles * rounds
        if piece.handles_window:
            section.window_cycles += step.cycles * rounds
        self.counted.uses[piece.address, len(piece.operations), step] += rounds
        if piece.reads_clock:
            self.counted.sections.append(Section())


def count(trace: Trace, core: Core) -> Counted:
    """Put a trace through the pipeline of `core`."""
    pipeline = Pipeline(core)
    decoded = {address: decode(instruction.words) for address, instruction in trace.code.items()}
    runs: dict[tuple[int, int], tuple[Piece, ...]] = {}
    jumped = False
    for address, length, times in trace.runs:
        pieces = runs.get((address, length))
        if pieces is None:
            pieces = runs[address, length] = tuple(cut(trace.body(address, length), decoded))
        if len(pieces) == 1 and not pieces[0].reads_clock and jumped:
            pipeline.take(pieces[0], jumped, times)
            continue
        for _ in range(times):
            for index, piece in enumerate(pieces):
                pipeline.take(piece, jumped and index == 0)
            jumped = True
    return pipeline.counted


def cut(body: tuple[Instruction, ...], decoded: dict[int, Operation]) -> Iterator[Piece]:
    """Cut a run of instructions behind every read of CCOUNT."""
    handles_window = body[-1].words.startswith(("rfwo", "rfwu"))
    operations = tuple(decoded[instruction.address] for instruction in body)
    start = 0
    for index, operation in enumerate(operations):
        if operation.reads_clock or index == len(body) - 1:
            yield Piece(body[start].address, operations[start : index + 1], handles_window)
            start = index + 1
