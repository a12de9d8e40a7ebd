"""Two workers side by side: before which steps they must wait for each other.

Both go through the same steps, each with its half of the columns, and nothing holds them together but meetings. A
step needs one where it reads what the other worker may not have written yet, or writes where the other one may still
read or write. The arena is shared down to the byte and the steps are known, so that is decided exactly, here.
"""

from dataclasses import dataclass, field

from tinyml.compiler.ops.base import Layer, Operand
from tinyml.compiler.planning.schedule import Schedule
from tinyml.compiler.planning.stream import INPUT, Streams

LONGEST = 64  # steps without a meeting: keeps the search short
FIRST, SECOND = 0, 1  # shares of a row
OWN_COLUMNS = {
    "tm_binary",
    "tm_lookup",
    "tm_softmax",
    "tm_concat",
}  # kernels that read the columns they write

Span = tuple[int, int]  # bytes begin .. end - 1 of the arena


@dataclass
class Access:
    """What a worker reads and writes."""

    reads: list[Span] = field(default_factory=list)
    writes: list[Span] = field(default_factory=list)

    def add(self, other: "Access") -> None:
        """Take over what `other` touches."""
        self.reads += other.reads
        self.writes += other.writes

    def conflicts(self, other: "Access") -> bool:
        """Return whether one of the two writes what the other one touches."""
        return (
            overlap(self.writes, other.writes)
            or overlap(self.writes, other.reads)
            or overlap(self.reads, other.writes)
        )


def overlap(some: list[Span], others: list[Span]) -> bool:
    """Return whether a byte lies in a span of both."""
    return any(a < d and c < b for a, b in some for c, d in others)


def share_of(width: int, share: int) -> Span:
    """Return the columns that tm_run_row gives to a share of a row."""
    middle = (width + 1) // 2
    return (0, middle) if share == FIRST else (middle, width)


class Accesses:
    """What each step of a schedule touches."""

    def __init__(self, streams: Streams, schedule: Schedule) -> None:
        self.layers, self.tensors, self.strips = streams.layers, streams.tensors, streams.strips
        self.maps, self.working_memory = schedule.maps, schedule.working_memory

    def of(self, index: int, row: int, share: int) -> Access:
        """Return what a worker touches who computes its share of row `row` of layer `index`."""
        layer = self.layers[index]
        output = self.tensors[layer.output]
        if layer.style != "kernel":
            return self._alone(layer, row) if share == FIRST else Access()
        begin, end = share_of(output.width, share)
        if begin == end:
            return Access()
        access = Access(writes=[self._span(layer.output, row, begin, end)])
        for operand in layer.maps:
            columns = self._columns(layer, operand, begin, end)
            access.reads += self._rows(operand, row, columns)
        if layer.scratch_bytes:
            own_bytes = layer.scratch_bytes // 2
            offset = self.working_memory[f"{layer.name} scratch"] + share * own_bytes
            access.writes.append((offset, offset + own_bytes))
        return access

    def _alone(self, layer: Layer, row: int) -> Access:
        """Sums and plain copies: the first worker does them whole."""
        output, operand = self.tensors[layer.output], layer.maps[0]
        source = self.tensors[operand.tensor]
        if layer.style == "sums":
            made, phase = divmod(row, layer.window_stride)
            if phase >= layer.rows_per_window:
                return Access()
            offset = self.working_memory[f"{layer.name} sums"]
            access = Access(
                [self._span(operand.tensor, row, 0, source.width)], [(offset, offset + layer.sums_bytes)]
            )
            if phase == layer.rows_per_window - 1:
                access.writes.append(self._span(layer.output, made, 0, output.width))
            return access
        access = Access(writes=[self._span(layer.output, row, 0, output.width)])
        if layer.style == "reshape":
            first = row * output.row_bytes // source.row_bytes
            last = ((row + 1) * output.row_bytes - 1) // source.row_bytes
            access.reads = [self._span(operand.tensor, y, 0, source.width) for y in range(first, last + 1)]
        else:
            for part in layer.maps:
                access.reads += self._rows(part, row, (0, self.tensors[part.tensor].width))
        return access

    def _columns(self, layer: Layer, operand: Operand, begin: int, end: int) -> Span:
        """Return the columns of an input row that output columns begin .. end - 1 read."""
        width = self.tensors[operand.tensor].width
        fields = layer.fields
        if layer.struct in OWN_COLUMNS and width == self.tensors[layer.output].width:
            return begin, end
        if "pad_left" not in fields:
            return 0, width
        reach = (fields["kernel_width"] - 1) * fields.get("dilation", 1)
        first = begin * fields["stride"] - fields["pad_left"]
        last = (end - 1) * fields["stride"] - fields["pad_left"] + reach
        return max(first, 0), min(last + 1, width)

    def _rows(self, operand: Operand, row: int, columns: Span) -> list[Span]:
        window, height = operand.window, self.tensors[operand.tensor].height
        rows = range(window.first(row), window.last(row) + 1, window.dilation)
        return [self._span(operand.tensor, y, *columns) for y in rows if 0 <= y < height]

    def _span(self, tensor: int, row: int, begin: int, end: int) -> Span:
        info = self.tensors[tensor]
        offset, depth = self.maps[tensor]
        at = offset + row % depth * info.row_bytes
        return at + begin * info.channels, at + end * info.channels


def meetings_of(streams: Streams, schedule: Schedule) -> list[bool]:
    """Return for each computing step, in order, whether the workers meet before it."""
    accesses = Accesses(streams, schedule)
    rows = [0] * len(streams.layers)
    meets: list[bool] = []
    since = [Access(), Access()]  # what each worker has touched since the last meeting
    steps_since, must = 0, False
    for segment in schedule.segments:
        for index in segment.steps:
            if index == INPUT:  # the workers have parted before it
                since, steps_since, must = [Access(), Access()], 0, False
                continue
            strip = index in streams.strips and index < segment.last - 1  # it has meetings of its own
            now = (
                [Access(), Access()]
                if strip
                else [accesses.of(index, rows[index], k) for k in (FIRST, SECOND)]
            )
            rows[index] += 1
            must = must or strip or steps_since == LONGEST
            if must or now[FIRST].conflicts(since[SECOND]) or now[SECOND].conflicts(since[FIRST]):
                since, steps_since = [Access(), Access()], 0
            meets.append(steps_since == 0)
            for share in (FIRST, SECOND):
                since[share].add(now[share])
            steps_since, must = steps_since + 1, strip
    return meets
