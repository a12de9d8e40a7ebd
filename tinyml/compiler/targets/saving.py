"""Constants that find no room in RAM: fewer bytes of them, fetched less often.

An inference waits for every line of the cache that it fetches from flash. A layer that a run calls seldom can take its
constants in a smaller form, which each call unpacks; and where its map is small, all rows in one call, so that they are
fetched once. Neither is free: unpacking takes cycles, a block keeps its maps whole. So both are tried on the layers that are
called least often, then on those that are called more often, and what is predicted to be fastest is kept, as long as
the arena does not grow.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tinyml.compiler.frontend.graph import Tensor
from tinyml.compiler.ops.base import Layer, Window
from tinyml.compiler.planning.memory import aligned
from tinyml.compiler.planning.placement import (
    Memory,
    Placed,
    checks_of,
    place_constants,
    reads_of,
)
from tinyml.compiler.planning.schedule import Schedule, Scheduler
from tinyml.compiler.planning.stream import Streams
from tinyml.compiler.styles.block import BLOCK
from tinyml.compiler.targets import cost
from tinyml.compiler.targets.base import Packed

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

    def cycles(self, memory: Memory, workers: int) -> float:
        """Return the cycles of an inference, waiting for flash included; layers without a known cost count as none."""
        total = memory.fetch_cycles * self.fetched_bytes * (1 + workers) / 2
        for index, layer in enumerate(self.streams.layers):
            calls, checks = (
                reads_of(index, self.streams, self.schedule),
                checks_of(index, self.streams, self.schedule),
            )
            total += cost.predict(layer, self.streams.tensors, calls, checks, workers) or 0
        return total


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
        self, streams: Streams, packings: dict[str, Packed], memory: Memory, workers: int, state_bytes: int
    ) -> None:
        self.streams, self.packings, self.memory = streams, packings, memory
        self.workers, self.state_bytes = workers, state_bytes

    def best(self, schedule: Schedule) -> Form:
        """Return the form that is predicted to be fastest."""
        best = first = self.placed(self.streams, schedule)
        reads = [reads_of(index, self.streams, schedule) for index in range(len(self.streams.layers))]
        paired = {other for index in self.streams.strips for other in (index, index + 1)}
        for limit in sorted(set(reads)):
            if best.fetched_bytes * self.memory.fetch_cycles == 0:
                break
            seldom = {index for index, times in enumerate(reads) if times <= limit}
            if (form := self.within(first.schedule, seldom, seldom - paired)) and (
                form.cycles(self.memory, self.workers) < best.cycles(self.memory, self.workers)
            ):
                best = form
        return best

    def within(self, before: Schedule, small: set[int], blocks: set[int]) -> Form | None:
        """Return the form with these layers small and, of these, as many blocks as the arena of `before` holds."""
        tensors, small = self.streams.tensors, set(small)
        blocks = {
            index
            for index in blocks
            if is_pointwise(self.streams.layers[index])
            and tensors[self.streams.layers[index].output].height > 1
        }
        while True:
            layers = [
                self.formed(layer, index in small, index in blocks)
                for index, layer in enumerate(self.streams.layers)
            ]
            streams = Streams(
                layers,
                self.streams.graph,
                rows=self.streams.pushed is not None,
                strips=self.streams.strip_columns,
            )
            scheduler = Scheduler(streams)
            # A block holds whole maps: best where the rows before it have been let go.
            for cuts in ((), (min(blocks),)) if blocks else ((),):
                if (schedule := scheduler.again(before, cuts)) is not None:
                    return self.placed(streams, schedule)
            if not blocks | small:
                return None
            tried = blocks or small
            tried.remove(max(tried, key=lambda index: layers[index].scratch_bytes))

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
