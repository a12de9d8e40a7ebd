"""Two arenas: what internal RAM has no room for lies in external RAM, behind a cache.

Of the buffers that are alive where too much is, those go outside that an inference touches least for each byte of room
that they give: whole maps, written once and read once or twice, before the few rows of a line buffer that all rows of a
map go through. Sums and scratch stay inside, strips too. What then finds room inside after all comes back.
"""

from dataclasses import dataclass, replace

import numpy as np

from tinyml.compiler.planning.barriers import FIRST, Accesses
from tinyml.compiler.planning.memory import Allocator, aligned
from tinyml.compiler.planning.schedule import DoesNotFit, Schedule
from tinyml.compiler.planning.stream import Buffer, Streams

ROUNDS = 30  # of the allocator's search while the split is looked for


@dataclass(frozen=True)
class External:
    """External RAM beside the arena's internal one.

    internal_bytes: of the arena and the state struct. line_bytes: of the cache; read_us, write_us: what it waits for one
    line that it reads, and that it writes back; percent: by how much the truth may be lower or higher; evidence: why.
    """

    bytes: int
    internal_bytes: int
    line_bytes: int = 32
    read_us: float = 0
    write_us: float = 0
    percent: tuple[float, float] = (0, 0)
    evidence: str = ""


@dataclass(frozen=True)
class Traffic:
    """What one inference, the caller's writing and reading included, reads and writes of a buffer, in bytes."""

    read_bytes: int
    written_bytes: int

    @property
    def bytes(self) -> int:
        return self.read_bytes + self.written_bytes


def traffic_of(streams: Streams, schedule: Schedule) -> list[Traffic]:
    """Return what an inference reads and writes of each buffer of a schedule; of sums and scratch nothing is told."""
    starts = np.cumsum([0, *(aligned(buffer.bytes) for buffer in schedule.buffers)])
    apart = replace(schedule, offsets=starts[:-1].tolist())  # no two in one place: an offset tells the buffer
    accesses = Accesses(streams, apart)
    found = {"reads": np.zeros(len(schedule.buffers), int), "writes": np.zeros(len(schedule.buffers), int)}
    for index, layer in enumerate(streams.layers):
        columns = 0, layer.style.columns(layer, streams.tensors)
        for row in range(len(streams.events[index].needs)):
            access = layer.style.access(layer, row, columns, FIRST, accesses)
            for kind, taken in found.items():
                for begin, end in getattr(access, kind):
                    taken[int(np.searchsorted(starts, begin, "right")) - 1] += end - begin
    graph = streams.graph
    for number, buffer in enumerate(schedule.buffers):
        whole = streams.tensors[buffer.tensor].bytes if buffer.tensor != -1 else 0
        found["writes"][number] += whole * (buffer.tensor in graph.inputs)
        found["reads"][number] += whole * (buffer.tensor in graph.outputs)
    return [Traffic(int(r), int(w)) for r, w in zip(found["reads"], found["writes"], strict=True)]


def split(streams: Streams, schedule: Schedule, external: External, state_bytes: int) -> Schedule:
    """Return the schedule with its buffers in two arenas; the second holds nothing where internal RAM holds all of it.

    Raises DoesNotFit where what must be inside is too much, or where the rest is too much for external RAM.
    """
    limit = (external.internal_bytes - state_bytes) // 16 * 16
    schedule = replace(schedule, two_arenas=True)
    if schedule.arena_bytes <= limit:
        return schedule
    traffic = traffic_of(streams, schedule)
    inside = _least_touched_outside(streams, schedule, traffic, limit)
    outside = [number for number in range(len(schedule.buffers)) if number not in inside]
    for number in sorted(outside, key=lambda number: -traffic[number].bytes):
        if _fits(schedule, sorted([*inside, number]), limit):
            inside = sorted([*inside, number])
    outside = [number for number in outside if number not in inside]
    internal, places = _placed(schedule, inside)
    external_bytes, outer = _placed(schedule, outside)
    if external_bytes > external.bytes:
        raise DoesNotFit(
            f"the network needs {external_bytes:,} bytes of external RAM, there are {external.bytes:,}",
            cure="choose a smaller picture or width",
        )
    places |= {number: internal + offset for number, offset in outer.items()}
    offsets = [places[number] for number in range(len(schedule.buffers))]
    return replace(schedule, offsets=offsets, arena_bytes=internal, external_bytes=external_bytes)


def _least_touched_outside(
    streams: Streams, schedule: Schedule, traffic: list[Traffic], limit: int
) -> list[int]:
    """Return the buffers that stay inside, once enough of the others have gone."""
    buffers = schedule.buffers
    inside = list(range(len(buffers)))
    while not _fits(schedule, inside, limit):
        live = _live(schedule, inside)
        step = int(live.argmax())
        here = {
            number: _alive(buffers[number], step) for number in inside if _may_go(streams, buffers[number])
        }
        here = {number: size for number, size in here.items() if size}
        if not here:
            raise DoesNotFit(
                f"{int(live[step]):,} bytes must lie in internal RAM at once, the limit is {limit:,}",
                cure="choose a smaller picture or width",
            )
        inside.remove(min(here, key=lambda number: (traffic[number].bytes / here[number], number)))
    return inside


def _may_go(streams: Streams, buffer: Buffer) -> bool:
    return buffer.tensor != -1 and streams.made_by[buffer.tensor] not in streams.strips


def _alive(buffer: Buffer, step: int) -> int:
    at = step - buffer.first_step
    return int(buffer.high[at] - buffer.low[at]) if 0 <= at < len(buffer.low) else 0


def _live(schedule: Schedule, numbers: list[int]) -> np.ndarray:
    live = np.zeros(schedule.step_count, np.int64)
    for number in numbers:
        buffer = schedule.buffers[number]
        live[buffer.first_step : buffer.end_step] += buffer.high - buffer.low
    return live


def _fits(schedule: Schedule, numbers: list[int], limit: int) -> bool:
    peak = int(_live(schedule, numbers).max(initial=0))
    if peak > limit:
        return False
    return Allocator([schedule.buffers[number] for number in numbers]).search(limit, ROUNDS)[0] <= limit


def _placed(schedule: Schedule, numbers: list[int]) -> tuple[int, dict[int, int]]:
    """Return the bytes of an arena for these buffers, and the offset of each in it."""
    if not numbers:
        return 0, {}
    allocator = Allocator([schedule.buffers[number] for number in numbers])
    size, offsets = allocator.search(int(_live(schedule, numbers).max(initial=0)))
    return aligned(size), dict(zip(numbers, offsets, strict=True))
