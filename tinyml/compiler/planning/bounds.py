"""What a segment needs at least, without simulating it: for the search to simulate only the few that matter.

Between two steps of a segment's roots (its input, and the layers that read only what lies there whole) the rule has
run everything that it could, and what that is does not depend on the order. So the rows made and the rows still needed
at these moments follow from tables of the layers' windows alone, and adding a layer to a segment changes them only
where the layer touches them. What is alive there is alive in the simulation too; only the peaks in between are missed.
"""

from collections.abc import Iterator

import numpy as np

from tinyml.compiler.planning.stream import Streams


class _Rows:
    """Which rows a layer needs, keeps and makes, as tables."""

    def __init__(self, streams: Streams, index: int) -> None:
        events, layer = streams.events[index], streams.layers[index]
        count = len(events.needs)
        self.operands = [operand.tensor for operand in layer.maps]
        needs = np.array(events.needs, np.int64).reshape(count, len(self.operands))
        self.needs = np.maximum.accumulate(needs, axis=0).T  # [operand][event]
        keeps = np.array([events.first_keeps, *events.keeps], np.int64).reshape(count + 1, len(self.operands))
        self.keeps = keeps.T  # [operand][events done]
        self.makes = np.concatenate([[0], np.cumsum(np.array(events.makes, np.int64))])  # [events done]
        self.windows = (needs - keeps[:-1]).max(
            axis=0, initial=1
        )  # [operand]: most rows alive while one is read
        self.least = (needs - keeps[:-1]).min(axis=0, initial=1)  # [operand]: fewest of them, at most one
        self.count = count


class Bounds:
    """Bounds from below of the bytes alive at the worst step of segments of one network."""

    def __init__(self, streams: Streams) -> None:
        self.streams = streams
        self.rows = [_Rows(streams, index) for index in range(len(streams.layers))]
        self.beside = self._beside()

    def of(self, first: int, most: int) -> list[int]:
        """Return the bound of the segments that begin at layer `first` and have 1, 2 .. `most` layers."""
        beside = np.maximum.accumulate(self.beside[first : first + most])
        return np.maximum(list(_Growing(self, first).bounds(most)), beside).tolist()

    def _beside(self) -> np.ndarray:
        """Return for each layer what lies there at its first step in every segment.

        Its own row, its scratch and sums, and maps of one row that it cannot do without, and that itself or a layer which
        cannot do without it has yet to read.
        """
        streams, count = self.streams, len(self.streams.layers)
        needs = np.eye(count, dtype=bool)  # [a][b]: a cannot begin before b has made a row
        for index in range(count):
            for tensor, least in zip(self.rows[index].operands, self.rows[index].least, strict=True):
                maker = streams.made_by[tensor]
                if maker >= 0 and least > 0:
                    needs[index] |= needs[maker]
        first_rows = [rows.makes[1] for rows in self.rows]
        found = np.array([layer.scratch_bytes + layer.style.sums_bytes for layer in streams.layers])
        found += [streams.tensors[layer.output].row_bytes for layer in streams.layers] * np.array(first_rows)
        for tensor, maker in streams.made_by.items():
            info = streams.tensors[tensor]
            if info.height != 1 or tensor == streams.pushed:
                continue
            after = needs[:, maker].copy() if maker >= 0 else np.ones(count, bool)
            if maker >= 0:
                after[maker] = False  # its own row is counted
            readers = [index for index, _ in streams.read_by.get(tensor, [])]
            waiting = needs[readers].any(axis=0)
            if streams.last_reader[tensor] == count:  # the caller has yet to read it
                waiting = np.ones(count, bool)
            found += (after & waiting) * info.bytes
        return found


class _Growing:
    """A segment that grows by one layer at a time, at the moments between two steps of its roots.

    made, needed: rows of a map at each moment. parts: its bytes, [2, moments]; [0] at a moment, [1] at every step
    between the moment before and this one. total, extra: bytes of all maps, and of what works in between.
    known: where these are certain.
    """

    def __init__(self, bounds: Bounds, first: int) -> None:
        self.streams, self.rows, self.first = bounds.streams, bounds.rows, first
        self.made: dict[int, np.ndarray] = {}
        self.needed: dict[tuple[int, int], np.ndarray] = {}  # by layer and operand number
        self.parts: dict[int, np.ndarray] = {}
        self.depths: dict[int, int] = {}
        self.extra = np.zeros(1, np.int64)
        self.total = np.zeros((2, 1), np.int64)
        self.known = np.ones((2, 1), bool)
        streams = self.streams
        pushed = streams.pushed if first == 0 else None
        if pushed is not None:
            height = streams.tensors[pushed].height
            self.extra = np.zeros(height + 1, np.int64)
            self.total = np.zeros((2, height + 1), np.int64)
            self.known = np.ones((2, height + 1), bool)
            self.made[pushed] = np.arange(height + 1)
        for tensor, maker in streams.made_by.items():
            if maker < first and tensor != pushed and (first == 0 or streams.last_reader[tensor] >= first):
                self.parts[tensor] = np.full((2, 1), streams.tensors[tensor].bytes)
                self.total = self.total + self.parts[tensor]

    def bounds(self, most: int) -> Iterator[int]:
        """Add layer after layer; yield the bound of each segment."""
        for index in range(self.first, self.first + most):
            self._add(index)
            held = np.stack([self.total[0], self.total[1] + self.extra])
            yield int(held[self.known].max())

    def _add(self, index: int) -> None:
        layer, rows = self.streams.layers[index], self.rows[index]
        operands = rows.operands
        sources = [self.made[tensor] for tensor in operands if tensor in self.made]
        if sources:
            done = np.full(self.total.shape[1], rows.count)
            for number, tensor in enumerate(operands):
                if tensor in self.made:
                    possible = np.searchsorted(rows.needs[number], self.made[tensor], "right")
                    done = np.minimum(done, possible)
        else:
            self._begin_with(rows.count)
            done = np.minimum(np.arange(self.total.shape[1]), rows.count)
        self.made[layer.output] = rows.makes[done]
        for number, tensor in enumerate(operands):
            self.needed[index, number] = rows.keeps[number][done]
            self.depths[tensor] = max(self.depths.get(tensor, 1), int(rows.windows[number]))
        for tensor in {*operands, layer.output}:
            self._account(tensor, index + 1)
        self._work(index, done)
        if layer.style.sums_bytes:
            self.total = self.total + _both(((done > 0) & (done < rows.count)) * layer.style.sums_bytes)

    def _begin_with(self, count: int) -> None:
        """Put the steps of a root in front of all moments: of several the last one in the network goes first."""

        def later(values: np.ndarray) -> np.ndarray:
            return np.concatenate([np.repeat(values[..., :1], count, axis=-1), values], axis=-1)

        self.made = {key: later(values) for key, values in self.made.items()}
        self.needed = {key: later(values) for key, values in self.needed.items()}
        self.parts = {
            key: values if values.shape[1] == 1 else later(values) for key, values in self.parts.items()
        }
        self.total, self.extra = later(self.total), np.concatenate([np.zeros(count, np.int64), self.extra])
        self.known = later(self.known)
        if self.first == 0 and self.streams.pushed is not None:  # its first row comes before them
            self.known[0, : count + 1] = self.known[1, : count + 2] = False

    def _work(self, index: int, done: np.ndarray) -> None:
        """Count what is held at a layer's first step since the moment before, but at neither moment."""
        layer, rows, streams = self.streams.layers[index], self.rows[index], self.streams
        before = _before(done)
        busy = (before > 0) & (done < rows.count)  # then its sums are counted already
        extra = np.where(busy, layer.scratch_bytes, layer.scratch_bytes + layer.style.sums_bytes)
        for number, tensor in enumerate(rows.operands):
            row_bytes = streams.tensors[tensor].row_bytes
            if tensor in self.made:  # a row that has been made since
                extra = extra + (_before(self.made[tensor]) == 0) * row_bytes * rows.least[number]
            elif streams.read_by[tensor] == [(index, number)] and streams.last_reader[tensor] == index:
                keeps = rows.keeps[number]  # rows that this step reads for the last time
                extra = extra + (keeps[done] - keeps[before]) * row_bytes
        first_row = (rows.makes[before] == 0) & (rows.makes[np.minimum(before + 1, rows.count)] == 1)
        extra = extra + first_row * streams.tensors[layer.output].row_bytes
        self.extra = np.maximum(self.extra, (done > before) * extra)

    def _account(self, tensor: int, last: int) -> None:
        """Count what a map takes in the segment up to layer `last` - 1, which has just touched it."""
        streams = self.streams
        info, outlives = streams.tensors[tensor], streams.last_reader[tensor] >= last
        made = self.made.get(tensor)
        if made is None and outlives:
            return  # it lies there whole, as before
        readers = [pair for pair in streams.read_by.get(tensor, []) if self.first <= pair[0] < last]
        needed = np.minimum.reduce([self.needed[pair] for pair in readers]) if readers else made
        assert needed is not None
        if made is None:
            part = _both((info.height - needed) * info.row_bytes)
        elif outlives:
            part = _both(made * info.row_bytes)
        else:
            waiting = np.maximum(made - needed, 0)
            depth = max(self.depths.get(tensor, 1), int(waiting.max()))
            strip = streams.strips.get(streams.made_by[tensor])
            held = np.minimum(made, depth) * info.row_bytes
            if strip:
                held = np.full_like(made, (strip.rows - 1) * info.row_bytes + strip.capacity * info.channels)
            part = _both(held * ((made > 0) & ((made < made[-1]) | (waiting > 0))))
        self.total = self.total + part - self.parts.get(tensor, 0)
        self.parts[tensor] = part


def _before(values: np.ndarray) -> np.ndarray:
    """Return the values at the moment before."""
    return np.concatenate([values[:1], values[:-1]])


def _both(held: np.ndarray) -> np.ndarray:
    """Return bytes held at each moment, and the least that is held between the moment before and it."""
    return np.stack([held, np.minimum(held, _before(held))])
