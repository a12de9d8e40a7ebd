"""Constants that find no room in RAM: fewer bytes of them, fetched less often.

An inference waits for every line of the cache that it fetches from flash. A layer that a run calls seldom can take its
constants in a smaller form, which each call unpacks; and where its map is small, all rows in one call, so that they are
fetched once. Neither is free: unpacking takes cycles, a block keeps its maps whole. So both are tried on the layers that are
called least often, then on those that are called more often, and what is predicted to be fastest is kept: first in the arena
that the network needs anyway, then in larger ones, as far as the board's block of RAM goes and it pays.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tinyml.compiler.frontend.graph import Tensor
from tinyml.compiler.ops.base import Layer, Window
from tinyml.compiler.planning.again import again, together
from tinyml.compiler.planning.memory import aligned
from tinyml.compiler.planning.placement import (
    Memory,
    Placed,
    checks_of,
    place_constants,
    reads_of,
)
from tinyml.compiler.planning.schedule import Schedule
from tinyml.compiler.planning.stream import Segment, Streams
from tinyml.compiler.styles.block import BLOCK
from tinyml.compiler.targets import cost
from tinyml.compiler.targets.base import Packed

WORTH = 0.98  # of the cycles: what a larger arena must at least come down to
POINT = Window()  # what a row needs that is computed from the row at its place


@dataclass
class Form:
    """A schedule with its layers in some form, and where their constants lie."""

    streams: Streams
    schedule: Schedule
    placed: list[Placed]

    @property
    def fetched_bytes(self) -> int:
        """What an inference fetches from flash."""
        return sum(row.fetched_bytes for row in self.placed)

    def waiting_cycles(self, memory: Memory, workers: int) -> float:
        """Return for how long an inference waits for flash."""
        return memory.fetch_cycles * self.fetched_bytes * (1 + workers) / 2

    def cycles(self, memory: Memory, workers: int) -> float:
        """Return the cycles of an inference, waiting for flash included; layers without a known cost count as none."""
        total = self.waiting_cycles(memory, workers)
        for index, layer in enumerate(self.streams.layers):
            calls, checks = (
                reads_of(index, self.streams, self.schedule),
                checks_of(index, self.streams, self.schedule),
            )
            total += cost.predict(layer, self.streams.tensors, calls, checks, workers) or 0
        return total


@dataclass(frozen=True)
class Part:
    """One segment of a schedule, in one piece or two, with some layers as blocks and some small."""

    segments: list[Segment]
    blocks: frozenset[int]
    small: frozenset[int]


def use(layer: Layer, packed: Packed, columns: int, workers: int) -> Layer:
    """Return the layer with its constants in the form `packed`.

    Of two workers each has scratch for its half of the columns; one that works alone has both. A single column is
    computed by the first.
    """
    shares = min(workers, columns)
    scratch_bytes = shares * aligned(packed.scratch_of(-(-columns // shares)))
    return replace(
        layer,
        packed=packed.definition,
        packed_constants=packed.constants,
        scratch_bytes=scratch_bytes,
        scratch_shares=shares,
        fields=layer.fields | dict.fromkeys(packed.replaces),
    )


def is_pointwise(layer: Layer) -> bool:
    """Return whether each output pixel needs the input pixel at its place alone."""
    if layer.kernel != "tm_conv_row_s8" or len(layer.operands) != 1 or layer.style.counts_input:
        return False
    operand = layer.operands[0]
    return operand.constant is None and operand.starts is None and operand.window == operand.columns == POINT


def as_block(layer: Layer, tensors: Sequence[Tensor]) -> Layer:
    """Return a pointwise layer that computes all rows in one call."""
    output = tensors[layer.output]
    pixels = output.height * output.width
    return replace(layer, style=BLOCK, fields=layer.fields | {"in_width": pixels, "out_width": pixels})


class Saver:
    """Tries other forms of a network's layers."""

    def __init__(
        self,
        streams: Streams,
        packings: dict[str, Packed],
        memory: Memory,
        workers: int,
        state_bytes: int,
        ram_limit: int | None = None,  # bytes of arena
    ) -> None:
        self.streams, self.packings, self.memory = streams, packings, memory
        self.workers, self.state_bytes, self.ram_limit = workers, state_bytes, ram_limit
        tensors, layers = streams.tensors, list(enumerate(streams.layers))
        # Layers that have a smaller form, and those that can be blocks.
        self.shrinking = {
            index for index, layer in layers if (own := packings.get(layer.name)) and own.smaller
        }
        paired = {other for index in streams.strips for other in (index, index + 1)}
        self.pointwise = {
            index for index, layer in layers if is_pointwise(layer) and tensors[layer.output].height > 1
        } - paired
        self.forms: dict[tuple[int, bool, bool], Layer] = {}
        self.parts: dict[tuple[int, int, frozenset[int], frozenset[int]], Part] = {}

    def best(self, schedule: Schedule) -> Form:
        """Return the form that is predicted to be fastest."""
        best = self.placed(self.streams, schedule)
        least_cycles = best.cycles(self.memory, self.workers)
        reads = [reads_of(index, self.streams, schedule) for index in range(len(self.streams.layers))]
        for arena_bytes, limit in itertools.product(self.arenas(schedule), sorted(set(reads))):
            waiting = best.waiting_cycles(self.memory, self.workers)
            larger = arena_bytes > best.schedule.arena_bytes
            if waiting <= (least_cycles * (1 - WORTH) if larger else 0):  # too little to save
                break
            seldom = {index for index, times in enumerate(reads) if times <= limit}
            before = replace(schedule, arena_bytes=arena_bytes)
            form = self.within(before, seldom & self.shrinking, seldom & self.pointwise)
            if form is None:
                continue
            worth = 1 if form.schedule.arena_bytes <= best.schedule.arena_bytes else WORTH
            cycles = form.cycles(self.memory, self.workers)
            if cycles < worth * least_cycles:
                best, least_cycles = form, cycles
        return best

    def arenas(self, schedule: Schedule) -> list[int]:
        """Return the bytes of arena that are tried: as many as now, and where the board has more, up to all of them.

        What the arena leaves of the board's block holds constants, so the larger one has to save more than those.
        """
        least, most = schedule.arena_bytes, (self.memory.heap_bytes or 0) - self.state_bytes
        most = min(most, self.ram_limit or most)
        return [least, *(least + (most - least) * part // 4 // 16 * 16 for part in (1, 2, 4) if most > least)]

    def within(self, before: Schedule, small: set[int], blocks: set[int]) -> Form | None:
        """Return the form with these layers small and, of these, as many blocks as the arena of `before` holds.

        First each segment gives up what it has no room for even alone, then all of them together, twice as much each
        time, until what is left goes together.
        """
        giving_up = 1
        while blocks | small:
            parts = [self.alone(before, segment, blocks, small) for segment in before.segments]
            blocks, small = (
                set().union(*(part.blocks for part in parts)),
                set().union(*(part.small for part in parts)),
            )
            if schedule := together(before, [one for part in parts for one in part.segments]):
                return self.placed(self.streams.reformed(self.forms_of(blocks, small)), schedule)
            for _ in range(giving_up):
                self.give_up(blocks, small)
            giving_up *= 2
        return None

    def alone(self, before: Schedule, segment: Segment, blocks: set[int], small: set[int]) -> Part:
        """Return a segment with as many of these blocks and small layers as it has room for where nothing else is."""
        inside = set(range(segment.first, segment.last))
        blocks, small = blocks & inside, small & inside
        key = before.arena_bytes, segment.first, frozenset(blocks), frozenset(small)
        if key not in self.parts:
            while (segments := self.fitted(before, segment, blocks, small)) is None:
                self.give_up(blocks, small)
            self.parts[key] = Part(segments, frozenset(blocks), frozenset(small))
        return self.parts[key]

    def give_up(self, blocks: set[int], small: set[int]) -> None:
        """Take the block, or where there is none the small layer, that needs most scratch out of its set."""
        if given_up := blocks or small:
            given_up.remove(max(given_up, key=lambda index: self.form(index, blocks, small).scratch_bytes))

    def fitted(
        self, before: Schedule, segment: Segment, blocks: set[int], small: set[int]
    ) -> list[Segment] | None:
        """Return a segment, in one piece or two, with these blocks and small layers; None where it has no room for them."""
        if not blocks | small:
            return [segment]
        if any(self.block_bytes(index, blocks, small) > before.arena_bytes for index in blocks):
            return None
        streams = self.streams.reformed(self.forms_of(blocks, small))
        # A block holds whole maps: best where the rows before it have been let go.
        first = min(blocks, default=segment.first)
        for cuts in ((), (first,)) if first > segment.first else ((),):
            if segments := again(before, segment, streams, cuts):
                return segments
        return None

    def block_bytes(self, index: int, blocks: set[int], small: set[int]) -> int:
        """Return what a block holds while it runs: its map, what it makes of it, and its scratch."""
        layer, tensors = self.form(index, blocks, small), self.streams.tensors
        return tensors[layer.maps[0].tensor].bytes + tensors[layer.output].bytes + layer.scratch_bytes

    def forms_of(self, blocks: set[int], small: set[int]) -> dict[int, Layer]:
        """Return the layers that these sets change, in their forms."""
        return {index: self.form(index, blocks, small) for index in blocks | small}

    def form(self, index: int, blocks: set[int], small: set[int]) -> Layer:
        """Return a layer in the form that these sets say."""
        key = index, index in small, index in blocks
        if key not in self.forms:
            self.forms[key] = self.formed(self.streams.layers[index], *key[1:])
        return self.forms[key]

    def formed(self, layer: Layer, small: bool, block: bool) -> Layer:
        """Return a layer in another form."""
        layer = as_block(layer, self.streams.tensors) if block else layer
        packed = self.packings.get(layer.name)
        if packed is None:
            return layer
        packed = packed.smaller if small and packed.smaller else packed
        return use(layer, packed, layer.style.columns(layer, self.streams.tensors), self.workers)

    def placed(self, streams: Streams, schedule: Schedule) -> Form:
        """Return a form with its constants placed."""
        return Form(
            streams,
            schedule,
            place_constants(streams.layers, streams, schedule, self.memory, self.state_bytes),
        )
