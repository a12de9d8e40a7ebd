"""Operators along axes of any tensor, and operands of different shapes, as the kernels know them: rows, columns, channels."""

import math
from collections.abc import Sequence

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node
from tinyml.compiler.frontend.lower import insert_before, like

BROADCASTING = {
    "ADD", "SUB", "MUL", "DIV", "SQUARED_DIFFERENCE", "PRELU", "MAXIMUM", "MINIMUM", "EQUAL", "NOT_EQUAL", "GREATER",
    "GREATER_EQUAL", "LESS", "LESS_EQUAL", "LOGICAL_AND", "LOGICAL_OR", "SELECT_V2",
}  # fmt: skip
REDUCING = {"MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_ALL", "REDUCE_ANY"}
ALONG_ONE = {"ARG_MAX", "ARG_MIN", "CUMSUM"}
LARGEST_ROWS = 2**15  # of what is listed row by row: no layer may have more
Shape = tuple[int, ...]


# ---- operands of several shapes


def partition(shape: Shape) -> tuple[list[int], list[int], list[int]]:
    """Return which axes of a shape make its rows, its columns and its channels, as Tensor.extents has them."""
    rank = len(shape)
    if rank == 2 or (rank == 3 and shape[0] == 1):
        return list(range(rank - 1)), [], [rank - 1]
    axes = list(range(rank))
    return axes[:-2], axes[-2:-1], axes[-1:]


def align_broadcasts(graph: Graph) -> None:
    """Give operands that are repeated the output's rows, columns and channels, and say which row is read when."""
    for node in [node for node in graph.nodes if node.op in BROADCASTING]:
        output = graph.tensors[node.outputs[0]].shape
        shapes = [graph.tensors[index].shape for index in node.inputs if index != -1]
        if graph.tensors[node.outputs[0]].height > LARGEST_ROWS:
            continue  # whoever builds its layer says so ...
        if len(shapes) != len(node.inputs) or not _repeat_to(shapes, output):
            continue  # ... and here too
        parts = partition(output)
        rows = []
        for number, (index, shape) in enumerate(zip(node.inputs, shapes, strict=True)):
            full = (1,) * (len(output) - len(shape)) + shape
            sizes = [math.prod(full[axis] for axis in axes) for axes in parts]
            own = np.arange(sizes[0]).reshape([full[axis] for axis in parts[0]])
            rows.append(np.broadcast_to(own, [output[axis] for axis in parts[0]]).reshape(-1))
            if graph.tensors[index].extents != tuple(sizes):
                node.inputs[number] = reshaped(graph, node, index, (1, *sizes))
        node.options["rows"] = rows


def _repeat_to(shapes: Sequence[Shape], output: Shape) -> bool:
    try:
        return np.broadcast_shapes(*shapes) == output
    except ValueError:
        return False


def reshaped(graph: Graph, node: Node, index: int, shape: Shape) -> int:
    """Put a RESHAPE of a tensor in front of a node, or reshape it where it is constant; return the new tensor."""
    source = graph.tensors[index]
    made = like(graph, source, shape)
    if source.data is None:
        insert_before(graph, node, Node("RESHAPE", [index], [made], number=node.number))
    else:
        graph.tensors[made].data = source.data.reshape(shape)
    return made


# ---- operators along axes


def arrange_axes(graph: Graph) -> None:
    """Let operators along axes work along rows, columns or channels of [1, height, width, channels].

    A reduction keeps any of the three; ARG_MAX and its like have their axis at the end, CUMSUM as the columns.
    """
    for node in [node for node in graph.nodes if node.op in REDUCING | ALONG_ONE]:
        axes = _axes(graph, node)
        if axes is None:
            continue
        if node.op in REDUCING:
            _arrange_reduction(graph, node, axes)
        elif len(axes) == 1:
            _arrange_one(graph, node, axes[0])


def _axes(graph: Graph, node: Node) -> list[int] | None:
    """Return the axes that a node names in its second input; None where they are no constant or no axes."""
    if len(node.inputs) != 2 or node.inputs[1] == -1 or graph.tensors[node.inputs[0]].data is not None:
        return None
    values, rank = graph.tensors[node.inputs[1]], len(graph.tensors[node.inputs[0]].shape)
    if values.data is None or values.dtype not in ("int32", "int64"):
        return None
    axes: list[int] = values.data.reshape(-1).tolist()
    return sorted({axis % rank for axis in axes}) if all(-rank <= axis < rank for axis in axes) else None


def groups_of(shape: Shape, axes: Sequence[int]) -> list[tuple[int, bool]]:
    """Return the shape with neighbours that are treated alike put together: (size, whether it is reduced) of each."""
    groups: list[tuple[int, bool]] = []
    for axis, size in enumerate(shape):
        reduced = axis in axes
        if size == 1:
            continue
        if groups and groups[-1][1] == reduced:
            groups[-1] = groups[-1][0] * size, reduced
        else:
            groups.append((size, reduced))
    return groups


def _arrange_reduction(graph: Graph, node: Node, axes: list[int]) -> None:
    source, output = graph.tensors[node.inputs[0]], graph.tensors[node.outputs[0]]
    left = math.prod(size for axis, size in enumerate(source.shape) if axis not in axes)
    if output.bytes * math.prod(source.shape) != source.bytes * left or not source.shape:
        return  # whoever builds its layer says that the shapes do not fit
    parts, index = partition(source.shape), node.inputs[0]
    flags = [{axis in axes for axis in part if source.shape[axis] > 1} for part in parts]
    extents: Shape = source.extents
    if all(len(flag) < 2 for flag in flags):
        reduced = [flag == {True} for flag in flags]
        if reduced[0] and source.height == 1:
            reduced[0] = False
    else:
        groups = groups_of(source.shape, axes)
        if len(groups) > 3:
            kept = [axis for axis in range(len(source.shape)) if axis not in axes]
            index = _transposed(graph, node, index, [*kept, *axes])
            groups = [(left, False), (math.prod(source.shape) // left, True)]
        if len(groups) == 2:
            groups.insert(1, (1, False))
        extents = groups[0][0], groups[1][0], groups[2][0]
        reduced = [group[1] for group in groups]
        index = reshaped(graph, node, index, (1, *extents))
    made = tuple(1 if gone else size for gone, size in zip(reduced, extents, strict=True))
    node.inputs[0] = index
    node.options["reduced"] = tuple(reduced)
    if output.extents != made:
        _reshape_after(graph, node, (1, *made))


def _arrange_one(graph: Graph, node: Node, axis: int) -> None:
    """Bring the axis of an ARG_MAX to the end, that of a CUMSUM to the columns."""
    source, output = graph.tensors[node.inputs[0]], graph.tensors[node.outputs[0]]
    shape, index = source.shape, node.inputs[0]
    if node.op == "CUMSUM":
        outer, inner = math.prod(shape[:axis]), math.prod(shape[axis + 1 :])
        extents = outer, shape[axis], inner
        if source.extents != extents:
            index = reshaped(graph, node, index, (1, *extents))
        made = extents
    else:
        if any(size > 1 for size in shape[axis + 1 :]):
            order = [*(other for other in range(len(shape)) if other != axis), axis]
            index = _transposed(graph, node, index, order)
        tensor = graph.tensors[index]
        extents = tensor.extents
        if extents[2] != shape[axis]:
            extents = math.prod(shape) // shape[axis], 1, shape[axis]
            index = reshaped(graph, node, index, (1, *extents))
        made = (*extents[:2], 1)
    node.inputs[0] = index
    node.options["arranged"] = True
    if output.extents != made:
        _reshape_after(graph, node, (1, *made))


# ---- products of matrices


def multiply_maps(graph: Graph) -> None:
    """Make a FULLY_CONNECTED whose filters are computed a BATCH_MATMUL, and let no BATCH_MATMUL begin with a constant.

    A constant times a map is the map's transpose times the constant's, transposed.
    """
    for node in [node for node in graph.nodes if node.op == "FULLY_CONNECTED"]:
        if len(node.inputs) > 1 and -1 not in node.inputs[:2]:
            _multiply_filters(graph, node)
    for node in [node for node in graph.nodes if node.op == "BATCH_MATMUL" and len(node.inputs) == 2]:
        constant, other = (graph.tensors[index] for index in node.inputs)
        output = graph.tensors[node.outputs[0]]
        if constant.data is None or other.data is not None or len(output.shape) < 2:
            continue
        node.inputs = node.inputs[::-1]
        node.options = {"adj_x": not node.options["adj_y"], "adj_y": not node.options["adj_x"]}
        made = like(graph, output, (*output.shape[:-2], output.shape[-1], output.shape[-2]))
        order = np.arange(len(output.shape), dtype=np.int32)
        order[-2:] = order[:-3:-1].copy()
        swap = graph.add_constant(f"order of node {node.number}", order)
        after = Node("TRANSPOSE", [made, swap], node.outputs, number=node.number)
        graph.nodes.insert(graph.nodes.index(node) + 1, after)
        node.outputs = [made]


def _multiply_filters(graph: Graph, node: Node) -> None:
    source, filters, output = (graph.tensors[index] for index in (*node.inputs[:2], node.outputs[0]))
    plain = not node.options["activation"] and not node.options["weights_format"]
    if filters.data is not None or len(filters.shape) != 2 or not plain or set(node.inputs[2:]) - {-1}:
        return  # whoever builds its layer says so
    units, depth = filters.shape
    rows = source.bytes // depth
    if source.bytes != rows * depth or output.bytes != rows * units:
        return
    index = node.inputs[0]
    if source.shape != (rows, depth):
        index = reshaped(graph, node, index, (rows, depth))
    node.op, node.inputs, node.options = (
        "BATCH_MATMUL",
        [index, node.inputs[1]],
        {"adj_x": False, "adj_y": True},
    )
    if output.shape != (rows, units):
        _reshape_after(graph, node, (rows, units))


def arrange_products(graph: Graph) -> None:
    """Make the rows of all matrices of a BATCH_MATMUL one list, and say which row and which matrix make each of it."""
    for node in [node for node in graph.nodes if node.op == "BATCH_MATMUL" and len(node.inputs) == 2]:
        left, right, output = (graph.tensors[index] for index in (*node.inputs, node.outputs[0]))
        shape, rank = list(left.shape), len(output.shape)
        if (
            min(len(left.shape), len(right.shape)) < 2
            or rank < 2
            or output.bytes > LARGEST_ROWS * output.shape[-1]
        ):
            continue
        if node.options["adj_x"]:
            shape[-2:] = shape[:-3:-1]
        columns, depth = (right.shape[-2], right.shape[-1])[:: 1 if node.options["adj_y"] else -1]
        batches = [(1,) * (rank - len(one)) + tuple(one[:-2]) for one in (shape, right.shape)]
        wanted = output.shape[:-2]
        if output.shape[-2:] != (shape[-2], columns) or depth != shape[-1] or not _repeat_to(batches, wanted):
            continue
        index = node.inputs[0]
        if node.options["adj_x"]:
            order = list(range(len(shape)))
            index = _transposed(graph, node, index, [*order[:-2], order[-1], order[-2]])
        numbers = [
            np.broadcast_to(np.arange(math.prod(batch)).reshape(batch), wanted).reshape(-1)
            for batch in batches
        ]
        node.options["rows"] = (numbers[0][:, None] * shape[-2] + np.arange(shape[-2])).reshape(-1)
        node.options["matrices"] = np.repeat(numbers[1], shape[-2])
        flat, made = (math.prod(batches[0]) * shape[-2], depth), (math.prod(wanted) * shape[-2], columns)
        if graph.tensors[index].extents != (flat[0], 1, depth):
            index = reshaped(graph, node, index, flat)
        node.inputs[0] = index
        if output.extents != (made[0], 1, columns):
            _reshape_after(graph, node, made)


def _transposed(graph: Graph, node: Node, index: int, order: list[int]) -> int:
    source = graph.tensors[index]
    made = like(graph, source, tuple(source.shape[axis] for axis in order))
    permutation = graph.add_constant(f"order of node {node.number}", np.array(order, np.int32))
    insert_before(graph, node, Node("TRANSPOSE", [index, permutation], [made], number=node.number))
    return made


def _reshape_after(graph: Graph, node: Node, shape: Shape) -> None:
    """Let the node make another shape, and a RESHAPE its output of it."""
    made = like(graph, graph.tensors[node.outputs[0]], shape)
    after = Node("RESHAPE", [made], node.outputs, number=node.number)
    graph.nodes.insert(graph.nodes.index(node) + 1, after)
    node.outputs = [made]
