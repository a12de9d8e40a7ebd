"""Where to cut the network into segments, for the least arena, or for the fewest segments within a limit.

All cuts of a topological order are considered: dynamic programming over cut points finds the cut whose worst segment
has the least bytes alive, which no arena can undercut (a proven bound for this order of layers and this rule of
streaming). The allocator then places the buffers of the best candidates for real. Where its arena equals the bound,
the schedule is optimal; else it is the best found, and the plan reports the bound beside it. In networks so large that
simulating every segment takes too long, the length of segments is limited (or the network is one), and nothing is called proven.
"""

import bisect
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinyml.compiler.planning.memory import Allocator, aligned
from tinyml.compiler.planning.stream import Buffer, Segment, Streams
from tinyml.errors import ModelError

CANDIDATES = 6  # cuts that the allocator tries
LARGEST_STEPS = 400_000  # rows simulated in the search: a few seconds
LARGEST_ROWS = 100_000  # of all layers together


class DoesNotFit(ModelError):
    """No schedule was found that keeps to the limit."""


@dataclass
class Schedule:
    """Segments in order, buffers on one axis of steps, and where each lies in the arena."""

    segments: list[Segment]
    first_steps: list[int]  # of each segment on the common axis
    buffers: list[Buffer]
    offsets: list[int]
    arena_bytes: int
    bound_bytes: int  # no schedule of the search space needs less
    exhaustive: bool  # the search saw every cut
    layerwise_bytes: int

    @property
    def step_count(self) -> int:
        """Steps of the whole network."""
        return self.first_steps[-1] + len(self.segments[-1].steps)

    @property
    def maps(self) -> dict[int, tuple[int, int]]:
        """Offset in the arena and depth in rows of each tensor's buffer."""
        placed = zip(self.buffers, self.offsets, strict=True)
        return {buffer.tensor: (offset, buffer.depth) for buffer, offset in placed if buffer.tensor != -1}

    @property
    def working_memory(self) -> dict[str, int]:
        """Offset of each layer's sums and scratch, by the name of the buffer."""
        placed = zip(self.buffers, self.offsets, strict=True)
        return {buffer.name: offset for buffer, offset in placed if buffer.tensor == -1}


class Scheduler:
    """Searches the cuts of one network."""

    def __init__(self, streams: Streams) -> None:
        self.streams = streams
        self.count = len(streams.layers)
        self.segments: dict[tuple[int, int], Segment] = {}
        rows = [len(events.needs) for events in streams.events]
        if sum(rows) > LARGEST_ROWS:
            raise ModelError(
                f"the network computes {sum(rows):,} rows, at most {LARGEST_ROWS:,} are supported",
                cure="choose a smaller picture or fewer layers",
            )
        self.longest = self._longest_segment(rows)

    def _longest_segment(self, rows: list[int]) -> int:
        """Return up to how many layers a segment may have for all segments to be simulated in LARGEST_STEPS."""
        cost = 0
        for length in range(1, self.count + 1):
            cost += sum(sum(rows[first : first + length]) for first in range(self.count - length + 1))
            if cost > LARGEST_STEPS:
                return max(1, length - 1)
        return self.count

    def segment(self, first: int, last: int) -> Segment:
        """Return the simulated segment of layers first .. last - 1."""
        key = (first, last)
        if key not in self.segments:
            self.segments[key] = self.streams.segment(first, last)
        return self.segments[key]

    def search(self, limit_bytes: int | None = None) -> Schedule:
        """Return the schedule of least arena, or with `limit_bytes` the one of fewest segments that fits.

        Raises DoesNotFit where nothing keeps to the limit.
        """
        layerwise = max(self.segment(i, i + 1).peak_bytes for i in range(self.count))
        bound, cuts = self._least_peak()
        if limit_bytes is not None:
            cuts = [cut for cut in (self._fewest(limit_bytes),) if cut] + cuts
        best: Schedule | None = None
        for cut in cuts:
            peak = max(self.segment(a, b).peak_bytes for a, b in itertools.pairwise(cut))
            if best and peak >= best.arena_bytes:
                continue
            schedule = self._placed(cut, peak)
            if best is None or schedule.arena_bytes < best.arena_bytes:
                best = schedule
            if best.arena_bytes <= (aligned(bound) if limit_bytes is None else limit_bytes):
                break
        assert best is not None
        if limit_bytes is not None and best.arena_bytes > limit_bytes:
            raise DoesNotFit(
                f"the network needs {best.arena_bytes:,} bytes of RAM, the limit is {limit_bytes:,}",
                cure="choose a smaller picture or width, or push the input row by row: --input rows",
            )
        best.bound_bytes, best.layerwise_bytes = bound, layerwise
        best.exhaustive = self.longest == self.count
        return best

    def again(self, before: Schedule, more: Sequence[int] = ()) -> Schedule | None:
        """Return the schedule with the cuts of `before` and `more`, of other forms of its layers.

        None where its arena is larger.
        """
        cut = [*sorted({segment.first for segment in before.segments} | {*more}), self.count]
        peak = max(self.segment(a, b).peak_bytes for a, b in itertools.pairwise(cut))
        if peak > before.arena_bytes:
            return None
        schedule = self._placed(cut, before.arena_bytes)
        if schedule.arena_bytes > before.arena_bytes:
            return None
        schedule.bound_bytes, schedule.layerwise_bytes = before.bound_bytes, before.layerwise_bytes
        schedule.exhaustive = before.exhaustive
        return schedule

    def _least_peak(self) -> tuple[int, list[list[int]]]:
        """Return the least peak of bytes alive over all cuts, and cuts by rising peak (at most CANDIDATES)."""
        # ways[i]: the best ways to run the layers before i, as (peak, segments, cut points)
        ways: list[list[tuple[int, int, list[int]]]] = [[(0, 0, [0])]]
        for last in range(1, self.count + 1):
            found: list[tuple[int, int, list[int]]] = []
            for first in range(last - 1, -1, -1):
                if last - first > self.longest and (first, last) != (0, self.count):
                    continue
                peak = self.segment(first, last).peak_bytes
                for before, number, points in ways[first]:
                    entry = (max(before, peak), number + 1, [*points, last])
                    if len(found) < CANDIDATES or entry < found[-1]:
                        bisect.insort(found, entry)
                        del found[CANDIDATES:]
            ways.append(found)
        return ways[-1][0][0], [points for _, _, points in ways[-1]]

    def _fewest(self, limit_bytes: int) -> list[int] | None:
        """Return the cut of fewest segments whose bytes alive, and whose own arenas, stay within the limit."""
        ways: list[list[int] | None] = [[0]]
        for last in range(1, self.count + 1):
            best: list[int] | None = None
            for first in range(last):
                before = ways[first]
                if before is None or (best and len(before) + 1 >= len(best)):
                    continue
                if (first, last) in self.segments and self._fits(self.segments[first, last], limit_bytes):
                    best = [*before, last]
            ways.append(best)
        return ways[-1]

    def _fits(self, segment: Segment, limit_bytes: int) -> bool:
        if segment.peak_bytes > limit_bytes:
            return False
        return Allocator(segment.buffers).search(segment.peak_bytes, rounds=20)[0] <= limit_bytes

    def _placed(self, cut: list[int], peak: int) -> Schedule:
        segments = [self.segment(a, b) for a, b in itertools.pairwise(cut)]
        first_steps = [0, *np.cumsum([len(segment.steps) for segment in segments]).tolist()[:-1]]
        buffers = joined(segments, first_steps)
        arena, offsets = Allocator(buffers).search(peak)
        return Schedule(segments, first_steps, buffers, offsets, aligned(arena), peak, True, 0)


def joined(segments: list[Segment], first_steps: list[int]) -> list[Buffer]:
    """Put the segments' buffers on one axis of steps; a map that crosses a cut becomes one buffer."""
    result: list[Buffer] = []
    crossing: dict[int, Buffer] = {}
    for segment, start in zip(segments, first_steps, strict=True):
        for part in segment.buffers:
            before = crossing.get(part.tensor)
            if part.tensor == -1 or before is None:
                buffer = Buffer(**{**part.__dict__, "first_step": part.first_step + start})
                result.append(buffer)
                if part.tensor != -1:
                    crossing[part.tensor] = buffer
                continue
            if not len(part.low):
                continue
            # Between two segments that read it, the map lies there whole.
            idle = start + part.first_step - before.end_step
            before.low = np.concatenate([before.low, np.zeros(idle, np.int64), part.low])
            before.high = np.concatenate([before.high, np.full(idle, before.bytes), part.high])
    return [buffer for buffer in result if len(buffer.low)]
