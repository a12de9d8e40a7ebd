"""One arena: an offset for each buffer such that no two of them hold something in the same byte at the same step."""

import random
from collections.abc import Iterable, Sequence

from tinyml.compiler.planning.stream import Buffer

ALIGNMENT_BYTES = 16
SEARCH_ROUNDS = 300
SEARCH_PLACED = 60_000  # buffers in all rounds together: of large networks fewer rounds


def aligned(size: int) -> int:
    """Round up to the alignment of buffers."""
    return -(-size // ALIGNMENT_BYTES) * ALIGNMENT_BYTES


def separations(one: Buffer, other: Buffer) -> tuple[int, int] | None:
    """Return the least distance from the offset of `one` up to that of `other`, and of `other` up to `one`.

    They may be less than the sizes: rows of a map may be overwritten once they are consumed. None where the two never meet.
    """
    start, end = max(one.first_step, other.first_step), min(one.end_step, other.end_step)
    if start >= end:
        return None
    here = slice(start - one.first_step, end - one.first_step)
    there = slice(start - other.first_step, end - other.first_step)
    both = (one.high[here] > one.low[here]) & (other.high[there] > other.low[there])
    if not both.any():
        return None
    above = (one.high[here] - other.low[there])[both].max()
    below = (other.high[there] - one.low[here])[both].max()
    return aligned(max(int(above), 0)), aligned(max(int(below), 0))


def _turns(order: list[int]) -> list[int]:
    """Return at which place of an order each index stands."""
    turns = [0] * len(order)
    for turn, index in enumerate(order):
        turns[index] = turn
    return turns


class Allocator:
    """Places buffers one by one at the lowest offset that fits, and searches for a good order of placing."""

    def __init__(self, buffers: list[Buffer]) -> None:
        self.buffers = buffers
        self.sizes = [buffer.bytes for buffer in buffers]
        count = len(buffers)
        # Of each buffer those that it meets, and how far it must lie below each, or above it.
        self.near: list[list[tuple[int, int, int]]] = [[] for _ in range(count)]
        by_time = sorted(range(count), key=lambda i: buffers[i].first_step)
        for number, i in enumerate(by_time):
            end_step = buffers[i].end_step
            for j in by_time[number + 1 :]:
                if buffers[j].first_step >= end_step:
                    break
                if apart := separations(buffers[i], buffers[j]):
                    below, above = apart
                    self.near[i].append((j, below, above))
                    self.near[j].append((i, above, below))

    def place(
        self,
        order: list[int],
        limit: int | None = None,
        known: Sequence[int] = (),
        turned: Iterable[int] = (),
    ) -> tuple[int, list[int]] | None:
        """Place in `order`; return (arena bytes, offsets), or None once the arena exceeds `limit`.

        known: the offsets of another order, if there is one, and `turned` whose turn differs from it (see `turned`). Who is
        none of these, and meets none that lies elsewhere now, stays where it was.
        """
        near, sizes = self.near, self.sizes
        offsets = [-1] * len(sizes)
        stays = [bool(known)] * len(sizes)
        for index in turned:
            stays[index] = False
        top = 0
        for index in order:
            if stays[index]:
                offset = known[index]
            else:
                # Where it could begin: at the bottom, or just above one that it meets; forbidden is an open range.
                forbidden = [
                    (at - below, at + above)
                    for other, below, above in near[index]
                    if (at := offsets[other]) >= 0
                ]
                forbidden.sort()
                offset = 0
                for low, high in forbidden:
                    if low < offset < high:
                        offset = high
                if known and offset != known[index]:
                    for other, _, _ in near[index]:
                        stays[other] = False
            offsets[index] = offset
            end = offset + sizes[index]
            if end > top:
                top = end
                if limit is not None and top >= limit:
                    return None
        return top, offsets

    def turned(self, before: list[int], after: list[int], moved: list[int]) -> set[int]:
        """Return which buffers come before one that they meet and came after it, or the other way round.

        before, after: two orders, which differ in where `moved` stand.
        """
        was, now = _turns(before), _turns(after)
        found = set()
        for index in moved:
            for other, _, _ in self.near[index]:
                if (was[index] < was[other]) != (now[index] < now[other]):
                    found |= {index, other}
        return found

    def search(self, lower_bound: int, rounds: int = SEARCH_ROUNDS) -> tuple[int, list[int]]:
        """Return the best (arena bytes, offsets) found; stops early at `lower_bound`. The same each time."""
        buffers, count = self.buffers, len(self.buffers)
        by_size = sorted(range(count), key=lambda i: -buffers[i].bytes)
        by_time = sorted(range(count), key=lambda i: (buffers[i].first_step, -buffers[i].bytes))
        by_end = sorted(range(count), key=lambda i: (-buffers[i].end_step, -buffers[i].bytes))
        best: tuple[int, list[int]] | None = None
        base, known = by_size, [0]  # the order that others are made from, and its offsets
        for order in (by_size, by_time, by_end):
            found = self.place(order, best[0] if best else None)
            if found:
                best, base, known = found, order, found[1]
        assert best is not None
        generator = random.Random(0)
        for _ in range(min(rounds, SEARCH_PLACED // count) if count > 1 else 0):
            if best[0] <= aligned(lower_bound):
                break
            order, moved = list(base), []
            for _ in range(generator.randint(1, 3)):
                to, at = generator.randrange(count), generator.randrange(count)
                moved.append(order.pop(at))
                order.insert(to, moved[-1])
            if found := self.place(order, best[0] + 1, known, self.turned(base, order, moved)):
                if found[0] < best[0]:
                    best = found
                base, known = order, found[1]
        return best
