"""Nodes of several outputs, taken apart: SPLIT, SPLIT_V and UNPACK become one slice for each output."""

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node, Tensor, bad

Options = dict[str, tuple[int, str, int]]
# What the file stores for each of them, as in Operator.options.
APART: dict[str, Options] = {
    "SPLIT": {},
    "SPLIT_V": {},
    "UNPACK": {"axis": (1, "int32", 0)},
}
SLICE_MASKS = dict.fromkeys(
    ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"), 0
)


def take_apart(graph: Graph) -> None:
    """Replace each node of several outputs by slices of its input; raises ModelError where they do not cover it."""
    nodes: list[Node] = []
    for node in graph.nodes:
        nodes += _slices(graph, node) if node.op in APART else [node]
    graph.nodes = nodes


def _slices(graph: Graph, node: Node) -> list[Node]:
    source_at, axis_at = {"SPLIT": (1, 0), "SPLIT_V": (0, 2), "UNPACK": (0, None)}[node.op]
    if len(node.inputs) <= max(source_at, axis_at or 0):
        raise bad(f"{node} has {len(node.inputs)} inputs")
    source = graph.tensors[node.inputs[source_at]]
    axis = node.options.get("axis", 0)
    if axis_at is not None:
        values = graph.tensors[node.inputs[axis_at]].data
        if values is None or values.size != 1:
            raise bad(f"the axis of {node} is not a constant number")
        axis = int(values.reshape(-1)[0])
    rank = len(source.shape)
    if not -rank <= axis < rank:
        raise bad(f"{node} has the axis {axis} of {rank}")
    axis %= rank
    outputs = [graph.tensors[index] for index in node.outputs]
    removed = node.op == "UNPACK"
    sizes = [1 if removed else (*tensor.shape, *[0] * rank)[axis] for tensor in outputs]
    if sum(sizes) != source.shape[axis]:
        raise bad(f"the outputs of {node} do not make up its input {list(source.shape)}")
    made: list[Node] = []
    for index, tensor, start, size in zip(
        node.outputs, outputs, np.cumsum([0, *sizes[:-1]]).tolist(), sizes, strict=True
    ):
        shape = (*source.shape[:axis], size, *source.shape[axis + 1 :])
        target = index
        if tensor.shape != shape:
            if not removed or tensor.shape != (*shape[:axis], *shape[axis + 1 :]):
                raise bad(f"an output of {node} has the shape {list(tensor.shape)}")
            target = _append(graph, tensor, shape)
        made.append(_slice(graph, node, node.inputs[source_at], target, axis, start))
        if target != index:
            made.append(Node("RESHAPE", [target], [index], number=node.number))
    return made


def _append(graph: Graph, like: Tensor, shape: tuple[int, ...]) -> int:
    graph.tensors.append(Tensor(like.name, shape, like.dtype, like.scales, like.zero_points, like.axis))
    return len(graph.tensors) - 1


def _slice(graph: Graph, node: Node, source: int, target: int, axis: int, start: int) -> Node:
    shape = graph.tensors[target].shape
    begin = np.zeros(len(shape), np.int32)
    begin[axis] = start
    constants = [begin, begin + np.array(shape, np.int32), np.ones(len(shape), np.int32)]
    inputs = [
        source,
        *(graph.add_constant(f"{node.op.lower()} of node {node.number}", values) for values in constants),
    ]
    return Node("STRIDED_SLICE", inputs, [target], dict(SLICE_MASKS), node.number)
