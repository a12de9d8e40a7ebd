"""Where to cut the network into segments, for the least arena, or for the fewest segments within a limit.

All cuts of a topological order are considered: dynamic programming over cut points finds the cut whose worst segment
has the least bytes alive, which no arena can undercut (a proven bound for this order of layers and this rule of
streaming). The allocator then places the buffers of the best candidates for real. Where its arena equals the bound,
the schedule is optimal; else it is the best found, and the plan reports the bound beside it.

Simulating a segment is what takes time, so the programme first takes a bound from below for each (`bounds.py`), and
only the segments of the cuts that it then finds are simulated, until all of the best ones are. What it did not simulate
cannot be better. In networks of more layers than LONGEST_SEGMENT the length of segments is limited (or the network is
one), so that time grows with the number of layers, not with its square, and nothing is called proven.
"""

import bisect
import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tinyml.compiler.planning.bounds import Bounds
from tinyml.compiler.planning.memory import Allocator, aligned
from tinyml.compiler.planning.stream import Buffer, Segment, Streams
from tinyml.errors import ModelError

CANDIDATES = 6  # cuts that the allocator tries
LONGEST_SEGMENT = 80  # layers; or the whole network
SIMULATED_BEYOND, SIMULATED_PER_LAYER = 100, 4  # segments at most, in the search for the least arena
ROUNDS_BEYOND, ROUNDS_OF_A_LAYER = 30, 4000  # of dynamic programming at most: fewer in deeper networks
IMPOSSIBLE = 1 << 60  # bytes
Way = tuple[int, int, list[int]]  # to run the layers before the last cut point: peak, segments, cut points
BEGINNING: list[list[Way]] = [[(0, 0, [0])]]
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
    two_arenas: bool = False
    external_bytes: int = 0  # of the second one, in external RAM: its buffers' offsets begin at arena_bytes

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
        self.longest = min(self.count, LONGEST_SEGMENT)
        self.exhaustive = self.longest == self.count

    @functools.cached_property
    def least(self) -> list[list[int]]:
        """Bytes that a segment needs at least, [first][length - 1]; exact where it is simulated."""
        bounds = Bounds(self.streams)
        found = [bounds.of(first, self._most(first)) for first in range(self.count)]
        for (first, last), segment in self.segments.items():
            found[first][last - first - 1] = segment.peak_bytes
        return found

    def _most(self, first: int) -> int:
        """Return up to how many layers are looked at in one segment that begins at layer `first`."""
        return self.count if first == 0 else min(self.longest, self.count - first)

    def segment(self, first: int, last: int) -> Segment:
        """Return the simulated segment of layers first .. last - 1."""
        key = (first, last)
        if key not in self.segments:
            self.segments[key] = self.streams.segment(first, last)
            if "least" in self.__dict__:
                self.least[first][last - first - 1] = self.segments[key].peak_bytes
        return self.segments[key]

    def search(self, limit_bytes: int | None = None) -> Schedule:
        """Return the schedule of least arena, or with `limit_bytes` the one of fewest segments that fits.

        Raises DoesNotFit where nothing keeps to the limit.
        """
        layerwise = max(self.segment(i, i + 1).peak_bytes for i in range(self.count))
        cuts = self._cuts()
        bound, first = next(cuts)
        ways: Iterator[tuple[int, list[int]]] = itertools.chain([(bound, first)], cuts)
        if limit_bytes is not None and (cut := self._fewest(limit_bytes)):
            ways = itertools.chain([(bound, cut)], ways)
        best: Schedule | None = None
        for _, cut in ways:
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
        best.exhaustive = self.exhaustive
        return best

    def _cuts(self) -> Iterator[tuple[int, list[int]]]:
        """Find cuts by rising peak of bytes alive, at most CANDIDATES: yield (no cut that follows has less, cut)."""
        given, ways = 0, BEGINNING[:]
        most = SIMULATED_BEYOND + SIMULATED_PER_LAYER * self.count
        rounds = ROUNDS_BEYOND + ROUNDS_OF_A_LAYER // self.count
        while True:
            rounds -= 1
            ways += [[] for _ in range(self.count + 1 - len(ways))]
            for last in range(1, self.count + 1):
                ways[last] = ways[last] or self._best_ways(ways, last)
            if given == len(ways[-1]):
                return
            peak, _, points = ways[-1][given]
            unknown = set(itertools.pairwise(points)) - self.segments.keys()
            if not unknown:
                yield peak, points
                given += 1
            elif len(self.segments) < most and rounds > 0:
                if not self.exhaustive:  # rounds are dear, then
                    unknown |= {pair for _, _, way in ways[-1] for pair in itertools.pairwise(way)}
                    unknown -= self.segments.keys()
                for pair in unknown:
                    self.segment(*pair)
                del ways[min(last for _, last in unknown) :]
            else:
                yield from ((peak, points) for points in self._known_cuts())
                return

    def _known_cuts(self) -> list[list[int]]:
        """Return the best cuts into segments that are simulated, where there are too many others."""
        self.exhaustive = False
        for first, row in enumerate(self.least):
            for number in range(len(row)):
                if (first, first + number + 1) not in self.segments:
                    row[number] = IMPOSSIBLE
        ways = BEGINNING[:]
        for last in range(1, self.count + 1):
            ways.append(self._best_ways(ways, last))
        return [points for peak, _, points in ways[-1] if peak < IMPOSSIBLE]

    def _best_ways(self, ways: list[list[Way]], last: int) -> list[Way]:
        """Return the best ways to run the layers before `last`, given those of all shorter beginnings."""
        found: list[Way] = []
        for first in self._firsts(last):
            least = self.least[first][last - first - 1]
            if len(found) == CANDIDATES and least > found[-1][0]:
                continue
            for before, number, points in ways[first]:
                peak = max(before, least)
                if len(found) == CANDIDATES:
                    if peak > found[-1][0]:
                        break
                    if peak == found[-1][0] and number >= found[-1][1]:
                        continue
                bisect.insort(found, (peak, number + 1, [*points, last]))
                del found[CANDIDATES:]
        return found

    def _firsts(self, last: int) -> list[int]:
        """Return where a segment that ends before layer `last` may begin, the nearest first."""
        nearest = list(range(last - 1, max(last - self.longest, 0) - 1, -1))
        return nearest if last != self.count or nearest[-1] == 0 else [*nearest, 0]

    def _fewest(self, limit_bytes: int) -> list[int] | None:
        """Return the cut of fewest segments whose bytes alive, and whose own arenas, stay within the limit."""
        ways: list[list[int] | None] = [[0]]
        for last in range(1, self.count + 1):
            best: list[int] | None = None
            for first in reversed(self._firsts(last)):
                before = ways[first]
                if before is None or (best and len(before) + 1 >= len(best)):
                    continue
                if self._fits(first, last, limit_bytes):
                    best = [*before, last]
            ways.append(best)
        return ways[-1]

    def _fits(self, first: int, last: int, limit_bytes: int) -> bool:
        if self.least[first][last - first - 1] > limit_bytes:
            return False
        segment = self.segment(first, last)
        if segment.peak_bytes > limit_bytes:
            return False
        return Allocator(segment.buffers).search(segment.peak_bytes, rounds=20)[0] <= limit_bytes

    def _placed(self, cut: list[int], peak: int) -> Schedule:
        segments = [self.segment(a, b) for a, b in itertools.pairwise(cut)]
        first_steps = first_steps_of(segments)
        buffers = joined(segments, first_steps)
        arena, offsets = Allocator(buffers).search(peak)
        return Schedule(segments, first_steps, buffers, offsets, aligned(arena), peak, True, 0)


def first_steps_of(segments: list[Segment]) -> list[int]:
    """Return where each segment begins on their common axis of steps."""
    return [0, *itertools.accumulate(len(segment.steps) for segment in segments[:-1])]


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
