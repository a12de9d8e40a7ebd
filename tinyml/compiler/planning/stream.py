"""Row streaming, simulated: the very order in which the generated C computes rows, and what is alive at each step.

A segment is a run of consecutive layers. Its rule is: of all layers whose next row can be computed, the last one goes
first; when none is left, the next input row is taken. So a row is used as soon as it can be and dies as soon as it may.
Before everything comes the first input row: what needs only inputs that lie there whole waits for it too.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tinyml.compiler.frontend.graph import Graph
from tinyml.compiler.ops.base import Layer
from tinyml.compiler.planning.strip import strips_of

INPUT = -1  # in place of a layer: the step that takes the next input row


@dataclass
class Buffer:
    """A piece of the arena from step `first_step` on: at each step the bytes [low, high) of it hold something."""

    name: str
    bytes: int
    first_step: int
    low: np.ndarray
    high: np.ndarray
    tensor: int = -1  # whose rows it holds; -1 for sums and scratch
    depth: int = 0  # rows
    kind: str = "map"  # map: all rows; line buffer: the last `depth`; sums; scratch

    @property
    def end_step(self) -> int:
        """The step after its last one."""
        return self.first_step + len(self.low)


@dataclass
class Segment:
    """Layers first .. last - 1 run as one stream; `steps` is who computed at each step."""

    first: int
    last: int
    steps: list[int] = field(default_factory=list)
    buffers: list[Buffer] = field(default_factory=list)
    live_bytes: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def peak_bytes(self) -> int:
        """A lower bound of any arena: the most bytes alive at one step."""
        return int(self.live_bytes.max(initial=0))


class Streams:
    """Simulates segments of one network.

    `rows`: the largest input comes row by row (`pushed` is its tensor), else all lie there whole. `strips`: pairs of
    layers run together on strips of this many columns; 0: whole rows.
    """

    def __init__(self, layers: list[Layer], graph: Graph, *, rows: bool, strips: int = 0) -> None:
        self.layers, self.graph, self.tensors = layers, graph, graph.tensors
        self.events = [layer.style.events(layer, graph.tensors) for layer in layers]
        self.made_by = {layer.output: index for index, layer in enumerate(layers)}
        self.made_by |= dict.fromkeys(graph.inputs, INPUT)
        self.pushed = max(graph.given, key=lambda index: graph.tensors[index].bytes) if rows else None
        self.read_by: dict[int, list[tuple[int, int]]] = {}  # tensor -> (layer, operand number)
        for index, layer in enumerate(layers):
            for number, operand in enumerate(layer.maps):
                self.read_by.setdefault(operand.tensor, []).append((index, number))
        self.last_reader = {
            tensor: max((index for index, _ in self.read_by.get(tensor, [])), default=INPUT)
            for tensor in self.made_by
        }
        self.last_reader |= dict.fromkeys(graph.outputs, len(layers))  # the caller reads them
        self.last_reader |= {tensor: len(layers) for _, tensor, _ in graph.kept}  # and they stay
        self.strip_columns = strips
        self.strips = strips_of(layers, self.read_by, graph.tensors, strips) if strips else {}
        for output in graph.outputs:
            self.strips.pop(self.made_by[output], None)

    def reformed(self, forms: Mapping[int, Layer]) -> "Streams":
        """Return the same network with some layers in other forms, which read and make the same maps."""
        other = copy.copy(self)
        other.layers, other.events = [*self.layers], [*self.events]
        for index, layer in forms.items():
            other.layers[index] = layer
            if layer.style is not self.layers[index].style:
                other.events[index] = layer.style.events(layer, self.tensors)
        return other

    def segment(self, first: int, last: int) -> Segment:
        """Simulate layers first .. last - 1, given everything that layers before made and later ones need."""
        segment = Segment(first, last)
        pushed = self.pushed if first == 0 else None
        touched = {self.layers[index].output for index in range(first, last)}
        touched |= {operand.tensor for index in range(first, last) for operand in self.layers[index].maps}
        touched |= set(self.graph.inputs) if first == 0 else set()
        readers = {
            tensor: [pair for pair in self.read_by.get(tensor, []) if first <= pair[0] < last]
            for tensor in touched
        }
        history = self._run(segment, readers, pushed)
        count = len(segment.steps)
        for tensor in sorted(touched, key=lambda tensor: (self.made_by[tensor], tensor)):
            segment.buffers.append(self._buffer(segment, tensor, history[tensor], count))
        crossing = [
            tensor
            for tensor, maker in self.made_by.items()
            if maker < first and self.last_reader[tensor] >= last and tensor not in touched
        ]
        for tensor in crossing:
            full = np.full(count, self.tensors[tensor].bytes)
            segment.buffers.append(self._map(tensor, 0, np.zeros(count, np.int64), full))
        for index in range(first, last):
            segment.buffers += self._working_memory(segment, index)
        live = np.zeros(count, np.int64)
        for buffer in segment.buffers:
            live[buffer.first_step : buffer.end_step] += buffer.high - buffer.low
        segment.live_bytes = live
        return segment

    # Longer than 60 lines: one rule in one loop, whose parts share all that it remembers; most of a search is spent here.
    def _run(
        self, segment: Segment, readers: dict[int, list[tuple[int, int]]], pushed: int | None
    ) -> dict[int, list[tuple[int, int, int]]]:
        """Play the rule; return for each tensor (step, rows made, oldest row needed) after each change."""
        first, last = segment.first, segment.last
        heights = {tensor: self.tensors[tensor].height for tensor in readers}
        made = dict(heights)
        for index in range(first, last):
            made[self.layers[index].output] = 0
        if pushed is not None:
            made[pushed] = 0
        oldest = {
            pair: self.events[pair[0]].first_keeps[pair[1]] for pairs in readers.values() for pair in pairs
        }
        history: dict[int, list[tuple[int, int, int]]] = {tensor: [] for tensor in readers}
        done = [0] * (last - first)
        deepest = {
            tensor: max((index for index, _ in pairs), default=-1) for tensor, pairs in readers.items()
        }
        inputs = [[operand.tensor for operand in self.layers[index].maps] for index in range(first, last)]

        def remember(tensor: int) -> None:
            pairs = readers[tensor]
            if len(pairs) == 1:  # nearly always
                needed = oldest[pairs[0]]
            else:
                needed = min([oldest[pair] for pair in pairs], default=heights[tensor])
            history[tensor].append((len(segment.steps), made[tensor], needed))

        for tensor in readers:
            remember(tensor)
        if pushed is not None:  # the caller writes the first row before anything runs
            made[pushed] = 1
            remember(pushed)
            segment.steps.append(INPUT)
        candidate = last - 1
        while True:
            while candidate >= first:
                events, at = self.events[candidate], done[candidate - first]
                if at < len(events.needs) and all(
                    made[tensor] >= need
                    for tensor, need in zip(inputs[candidate - first], events.needs[at], strict=True)
                ):
                    break
                candidate -= 1
            if candidate >= first:
                done[candidate - first] += 1
                output = self.layers[candidate].output
                if events.makes[at]:
                    made[output] += events.makes[at]
                    remember(output)  # the new row lives from this step on ...
                computed = [(candidate, at)]
                if candidate in self.strips and candidate + 1 < last:
                    row = done[candidate + 1 - first]
                    reader = self.layers[candidate + 1]
                    if reader.operands[0].window.last(row) == made[output] - 1 and row < len(
                        self.events[candidate + 1].needs
                    ):
                        done[candidate + 1 - first] += 1
                        made[reader.output] += 1
                        remember(reader.output)
                        computed.append((candidate + 1, row))
                segment.steps.append(candidate)
                for index, event in computed:
                    for number, tensor in enumerate(inputs[index - first]):
                        oldest[index, number] = self.events[index].keeps[event][number]
                        remember(tensor)  # ... and what was read dies after it
                candidate = max(deepest[self.layers[index].output] for index, _ in computed)
                candidate = max(candidate, computed[-1][0])
            elif pushed is not None and made[pushed] < heights[pushed]:
                made[pushed] += 1
                remember(pushed)
                segment.steps.append(INPUT)
                candidate = deepest[pushed]
            else:
                return history

    def _buffer(
        self, segment: Segment, tensor: int, history: list[tuple[int, int, int]], count: int
    ) -> Buffer:
        """Turn what happened to a tensor's rows into a buffer: a line buffer, or a whole map where it must outlive."""
        height, row_bytes = self.tensors[tensor].height, self.tensors[tensor].row_bytes
        steps, rows, oldest = np.array(history, np.int64).T
        lasting = np.diff(steps, append=count + 1)  # steps until the next change
        made = np.repeat(rows, lasting)[:count]
        needed = np.repeat(np.minimum(oldest, rows), lasting)[:count]
        outlives = self.last_reader[tensor] >= segment.last
        enters = self.made_by[tensor] < segment.first
        if segment.first == 0 and tensor == self.pushed:
            enters = False
        elif segment.first == 0 and enters and len(self.graph.inputs) > 1:
            needed[0] = 0  # the caller has written all inputs, whichever of their rows are needed
        if outlives:
            needed = np.zeros(count, np.int64)
        if outlives or enters:
            alive = np.flatnonzero(made > 0)
            if not outlives:
                alive = alive[needed[alive] < height]
            start, end = (int(alive[0]), int(alive[-1]) + 1) if len(alive) else (0, 0)
            return self._map(tensor, start, needed[start:end] * row_bytes, made[start:end] * row_bytes)
        # A row that nothing needs is alive while it is made: the slot that it is written to is in use at that step.
        written = np.diff(made, prepend=0) > 0
        rows_alive = np.maximum(made - needed, written)
        depth = int(rows_alive.max(initial=1))
        alive = np.flatnonzero(rows_alive > 0)
        start, end = int(alive[0]), int(alive[-1]) + 1
        size = depth * row_bytes
        high = np.minimum(made[start:end], depth) * row_bytes
        strip = self.strips.get(self.made_by[tensor])
        if strip and strip.first + 1 < segment.last:
            depth = strip.rows - 1
            size = depth * row_bytes + strip.capacity * self.tensors[tensor].channels
            high = np.full(end - start, size)
        kind = "map" if depth == height else "line buffer"
        name = self.name_of(tensor)
        low = np.zeros(end - start, np.int64)
        return Buffer(name, size, start, low, high, tensor, depth, kind)

    def _map(self, tensor: int, start: int, low: np.ndarray, high: np.ndarray) -> Buffer:
        info = self.tensors[tensor]
        return Buffer(self.name_of(tensor), info.bytes, start, low, high, tensor, info.height)

    def _working_memory(self, segment: Segment, index: int) -> list[Buffer]:
        layer = self.layers[index]
        if not (layer.style.sums_bytes or layer.scratch_bytes):
            return []
        steps = np.array(segment.steps)
        busy = steps == index
        if index - 1 in self.strips and index > segment.first:
            busy |= steps == index - 1
        at = np.flatnonzero(busy)
        start, end = int(at[0]), int(at[-1]) + 1
        low = np.zeros(end - start, np.int64)
        found = []
        if sums_bytes := layer.style.sums_bytes:
            full = np.full(end - start, sums_bytes)
            found.append(Buffer(f"{layer.name} sums", sums_bytes, start, low, full, kind="sums"))
        if layer.scratch_bytes:
            full = busy[start:end] * layer.scratch_bytes
            name = f"{layer.name} scratch"
            found.append(Buffer(name, layer.scratch_bytes, start, low, full, kind="scratch"))
        return found

    def name_of(self, tensor: int) -> str:
        """Return the name of the map: the layer that makes it, `input`, or one of several `input_<name>`."""
        maker = self.made_by[tensor]
        if maker != INPUT:
            return self.layers[maker].name
        for state, kept, _ in self.graph.kept:
            if tensor == kept:
                return f"state_{state.name}"
        names = self.graph.input_names
        return "input" if len(names) == 1 else f"input_{names[self.graph.inputs.index(tensor)]}"
