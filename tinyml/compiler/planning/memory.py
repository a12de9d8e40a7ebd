"""One arena: an offset for each buffer such that no two of them hold something in the same byte at the same step."""

import random

from tinyml.compiler.planning.stream import Buffer

ALIGNMENT_BYTES = 16
SEARCH_ROUNDS = 300
SEARCH_PLACED = 60_000  # buffers in all rounds together: of large networks fewer rounds


def aligned(size: int) -> int:
    """Round up to the alignment of buffers."""
    return -(-size // ALIGNMENT_BYTES) * ALIGNMENT_BYTES


def separation(below: Buffer, above: Buffer) -> int | None:
    """Return the least distance from the offset of `below` to that of `above`; None where they never meet.

    It may be less than the size of `below`: rows of a map may be overwritten once they are consumed.
    """
    start, end = max(below.first_step, above.first_step), min(below.end_step, above.end_step)
    if start >= end:
        return None
    high = below.high[start - below.first_step : end - below.first_step]
    low = above.low[start - above.first_step : end - above.first_step]
    full = above.high[start - above.first_step : end - above.first_step] > low
    both = full & (high > below.low[start - below.first_step : end - below.first_step])
    if not both.any():
        return None
    return aligned(max(int((high - low)[both].max()), 0))


class Allocator:
    """Places buffers one by one at the lowest offset that fits, and searches for a good order of placing."""

    def __init__(self, buffers: list[Buffer]) -> None:
        self.buffers = buffers
        count = len(buffers)
        # gaps[i][j]: how far j must lie above i, if it lies above
        self.gaps: list[dict[int, int]] = [{} for _ in range(count)]
        by_time = sorted(range(count), key=lambda i: buffers[i].first_step)
        for number, i in enumerate(by_time):
            end_step = buffers[i].end_step
            for j in by_time[number + 1 :]:
                if buffers[j].first_step >= end_step:
                    break
                for below, above in ((i, j), (j, i)):
                    if (gap := separation(buffers[below], buffers[above])) is not None:
                        self.gaps[below][above] = gap

    def place(self, order: list[int], limit: int | None = None) -> tuple[int, list[int]] | None:
        """Place in `order`; return (arena bytes, offsets), or None once the arena exceeds `limit`."""
        offsets = [-1] * len(self.buffers)
        top = 0
        for index in order:
            gaps = self.gaps[index]
            placed = [(offsets[other], other) for other in gaps if offsets[other] >= 0]
            # The places where it could begin are the bottom and just above each neighbour; forbidden is an open range.
            forbidden = sorted((at - gaps[other], at + self.gaps[other][index]) for at, other in placed)
            offset = 0
            for low, high in forbidden:
                if low < offset < high:
                    offset = high
            offsets[index] = offset
            top = max(top, offset + self.buffers[index].bytes)
            if limit is not None and top >= limit:
                return None
        return top, offsets

    def search(self, lower_bound: int, rounds: int = SEARCH_ROUNDS) -> tuple[int, list[int]]:
        """Return the best (arena bytes, offsets) found; stops early at `lower_bound`. The same each time."""
        buffers, count = self.buffers, len(self.buffers)
        by_size = sorted(range(count), key=lambda i: -buffers[i].bytes)
        by_time = sorted(range(count), key=lambda i: (buffers[i].first_step, -buffers[i].bytes))
        by_end = sorted(range(count), key=lambda i: (-buffers[i].end_step, -buffers[i].bytes))
        best: tuple[int, list[int]] | None = None
        best_order = by_size
        for order in (by_size, by_time, by_end):
            found = self.place(order, best[0] if best else None)
            if found:
                best, best_order = found, order
        assert best is not None
        generator = random.Random(0)
        for _ in range(min(rounds, SEARCH_PLACED // count) if count > 1 else 0):
            if best[0] <= aligned(lower_bound):
                break
            order = list(best_order)
            for _ in range(generator.randint(1, 3)):
                order.insert(generator.randrange(count), order.pop(generator.randrange(count)))
            if found := self.place(order, best[0] + 1):
                if found[0] < best[0]:
                    best = found
                best_order = order
        return best
