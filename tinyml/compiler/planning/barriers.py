"""Two workers side by side: before which steps they must wait for each other.

Both go through the same steps, each with its half of the columns, and nothing holds them together but barriers. A
step needs one where it reads what the other worker may not have written yet, or writes where the other one may still
read or write. The arena is shared down to the byte and the steps are known, so that is decided exactly, here.
"""

from tinyml.compiler.ops.base import Layer, Operand
from tinyml.compiler.planning.schedule import Schedule
from tinyml.compiler.planning.stream import INPUT, Streams
from tinyml.compiler.styles.base import Access, Span

LONGEST = 64  # steps without a barrier: keeps the search short
FIRST, SECOND = 0, 1  # shares of a row


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
        columns = 0, layer.style.columns(layer, self.tensors)
        if layer.style.by_columns:
            columns = share_of(columns[1], share)
        elif share != FIRST:
            return Access()
        return layer.style.access(layer, row, columns, share, self)

    def rows(self, operand: Operand, row: int, columns: Span) -> list[Span]:
        """Return these columns of the input rows of output row `row`."""
        window, height = operand.window, self.tensors[operand.tensor].height
        return [self.span(operand.tensor, y, *columns) for y in window.reads(row) if 0 <= y < height]

    def scratch(self, layer: Layer, share: int) -> Span:
        """Return a worker's own half of a layer's scratch."""
        own_bytes = layer.scratch_bytes // layer.scratch_shares
        offset = self.working_memory[f"{layer.name} scratch"] + share * own_bytes
        return offset, offset + own_bytes

    def span(self, tensor: int, row: int, begin: int = 0, end: int | None = None) -> Span:
        """Return the bytes of columns begin .. end - 1 (all of them without an end) of a map's row."""
        info = self.tensors[tensor]
        offset, depth = self.maps[tensor]
        at = offset + row % depth * info.row_bytes
        return at + begin * info.pixel_bytes, at + (info.width if end is None else end) * info.pixel_bytes


def barriers_of(streams: Streams, schedule: Schedule) -> list[bool]:
    """Return for each computing step, in order, whether there is a barrier before it."""
    accesses = Accesses(streams, schedule)
    rows = [0] * len(streams.layers)
    barriers: list[bool] = []
    since = [Access(), Access()]  # what each worker has touched since the last barrier
    steps_since, must = 0, False
    for segment in schedule.segments:
        for index in segment.steps:
            if index == INPUT:  # the workers have parted before it
                since, steps_since, must = [Access(), Access()], 0, False
                continue
            strip = index in streams.strips and index < segment.last - 1  # it has barriers of its own
            now = (
                [Access(), Access()]
                if strip
                else [accesses.of(index, rows[index], k) for k in (FIRST, SECOND)]
            )
            rows[index] += 1
            must = must or strip or steps_since == LONGEST
            if must or now[FIRST].conflicts(since[SECOND]) or now[SECOND].conflicts(since[FIRST]):
                since, steps_since = [Access(), Access()], 0
            barriers.append(steps_since == 0)
            for share in (FIRST, SECOND):
                since[share].add(now[share])
            steps_since, must = steps_since + 1, strip
    return barriers
