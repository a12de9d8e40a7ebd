"""Sparse constants as dense arrays: TensorFlow Lite keeps pruned weights as values with the indices of each level."""

import numpy as np

from tinyml.compiler.frontend.flatbuffer import Table, damaged

INDICES = {1: "int32", 2: "uint16", 3: "uint8"}  # as the union SparseIndexVector numbers them


def densify(sparsity: Table, values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the array of `shape` that `values` and the table SparsityParameters describe; raises ModelError."""
    order, block_map = sparsity.array(0, "int32").tolist(), sparsity.array(1, "int32").tolist()
    levels, rank = sparsity.tables(2), len(shape)
    if sorted(order) != list(range(rank + len(block_map))) or len(levels) != len(order):
        raise damaged(
            f"a sparse tensor of {rank} axes is stored in {len(levels)} levels, in the order {order}"
        )
    if any(not 0 <= axis < rank for axis in block_map):
        raise damaged(f"blocks of a sparse tensor lie along axes {block_map} of {rank}")
    blocks = [1] * rank
    for level, axis in zip(levels, order, strict=True):
        if axis >= rank:
            blocks[block_map[axis - rank]] = level.scalar(1, "int32")
    position, coordinates = np.zeros(1, np.int64), np.zeros((1, rank), np.int64)
    for level, axis in zip(levels, order, strict=True):
        parents, at, position = _children(level, position, values.size)
        coordinates = coordinates[parents]
        if axis < rank:
            coordinates[:, axis] += at * blocks[axis]
        else:
            coordinates[:, block_map[axis - rank]] += at
    if np.any(coordinates >= shape) or (len(position) and position.max() >= values.size):
        raise damaged(f"a sparse tensor has values outside its shape {list(shape)}")
    dense = np.zeros(shape, values.dtype)
    dense[tuple(coordinates.T)] = values[position]
    return dense


def _children(level: Table, position: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each entry of a level: its parent's number, its coordinate along the axis and its own position."""
    if level.scalar(0, "int8") == 0:  # dense
        size = level.scalar(1, "int32")
        if not 0 < size * len(position) <= most:
            raise damaged("a sparse tensor has fewer values than it says")
        parents = np.repeat(np.arange(len(position)), size)
        at = np.tile(np.arange(size), len(position))
        return parents, at, position[parents] * size + at
    segments, indices = (_vector(level, slot) for slot in (2, 4))
    if len(position) and (position.max() + 1 >= len(segments) or np.any(np.diff(segments) < 0)):
        raise damaged("the segments of a sparse tensor contradict themselves")
    begin, counts = segments[position], segments[position + 1] - segments[position]
    if (len(segments) and (segments[0] < 0 or segments[-1] > len(indices))) or counts.sum() > most:
        raise damaged("the indices of a sparse tensor contradict themselves")
    parents = np.repeat(np.arange(len(position)), counts)
    own = np.arange(len(parents)) - np.repeat(np.cumsum(counts) - counts, counts) + begin[parents]
    at = indices[own]
    if np.any(at < 0):
        raise damaged("a sparse tensor has a negative index")
    return parents, at, own


def _vector(level: Table, slot: int) -> np.ndarray:
    vector, kind = level.table(slot + 1), level.scalar(slot, "uint8")
    if vector is None or kind not in INDICES:
        raise damaged("a level of a sparse tensor has no indices")
    return vector.array(0, INDICES[kind]).astype(np.int64)
