"""TRANSPOSEs moved towards the outputs until they meet others that undo them, as exporters leave them around each layer."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tinyml.compiler.frontend.axes import BROADCASTING, REDUCING
from tinyml.compiler.frontend.graph import Graph, Node
from tinyml.compiler.frontend.lower import like

UNARY = {
    "ABS", "CAST", "ELU", "EXP", "GELU", "HARD_SWISH", "LEAKY_RELU", "LOG", "LOGICAL_NOT", "LOGISTIC", "QUANTIZE", "RELU",
    "RELU6", "RELU_0_TO_1", "RELU_N1_TO_1", "RSQRT", "TANH",
}  # fmt: skip
JOINING = {"CONCATENATION", "ADD_N"}
Order = tuple[int, ...]


def sink_transposes(graph: Graph) -> None:
    """Move each TRANSPOSE behind its readers, and drop those that undo each other; only where fewer of them are left."""
    if sum(node.op == "TRANSPOSE" for node in graph.nodes) < 2:
        return
    kept = [replace(node, inputs=[*node.inputs], options={**node.options}) for node in graph.nodes]
    outputs, tensors = [*graph.outputs], [*graph.tensors]
    before = _count(graph)
    changed = True
    while changed:
        changed = any(_sink(graph, node) for node in list(graph.nodes))
    if _count(graph) >= before:
        graph.nodes, graph.outputs, graph.tensors = kept, outputs, tensors


def _count(graph: Graph) -> int:
    """Return how many TRANSPOSEs are read."""
    read = {index for node in graph.nodes for index in node.inputs} | set(graph.outputs)
    return sum(node.op == "TRANSPOSE" and node.outputs[0] in read for node in graph.nodes)


def _order(graph: Graph, index: int) -> tuple[Node, Order] | None:
    """Return the TRANSPOSE that makes a tensor, and its order; None where there is none, or it is no permutation."""
    node = graph.producer(index)
    if node is None or node.op != "TRANSPOSE" or len(node.inputs) != 2 or node.inputs[1] == -1:
        return None
    values = graph.tensors[node.inputs[1]].data
    if values is None or graph.tensors[node.inputs[0]].data is not None:
        return None
    order: Order = tuple(values.reshape(-1).tolist())
    return (node, order) if sorted(order) == list(range(len(graph.tensors[node.inputs[0]].shape))) else None


def _sink(graph: Graph, node: Node) -> bool:
    """Move the TRANSPOSEs in front of a node behind it, where it can read what they read; return whether it could."""
    if node not in graph.nodes or not node.inputs or len(node.outputs) != 1 or node.inputs[0] == -1:
        return False
    if node.op == "TRANSPOSE":
        return _join(graph, node)
    if node.op in UNARY:
        maps = node.inputs[:1]
    elif node.op in BROADCASTING | JOINING:
        maps = [index for index in node.inputs if index == -1 or graph.tensors[index].data is None]
    elif node.op in REDUCING | {"PAD"} and len(node.inputs) == 2:
        maps = node.inputs[:1]
    else:
        return False
    found = [_order(graph, index) if index != -1 else None for index in maps]
    rank = len(graph.tensors[node.outputs[0]].shape)
    if not maps or found[0] is None or any(pair is None or pair[1] != found[0][1] for pair in found):
        return False
    order = found[0][1]
    if node.op in REDUCING:
        return _sink_reduction(graph, node, found[0][0], order)
    if len(order) != rank or not _permute_constants(graph, node, order):
        return False
    sources = {index: pair[0].inputs[0] for index, pair in zip(maps, found, strict=True) if pair}
    node.inputs = [sources.get(index, index) for index in node.inputs]
    if "axis" in node.options:
        node.options["axis"] = order[node.options["axis"] % rank]
    _transpose_after(graph, node, order)
    return True


def _join(graph: Graph, node: Node) -> bool:
    """Let a TRANSPOSE of a TRANSPOSE read what that one reads, and drop it where the two move nothing."""
    first, second = _order(graph, node.inputs[0]), _order(graph, node.outputs[0])
    if first is None or second is None:
        return False
    order = [first[1][axis] for axis in second[1]]
    node.inputs = [
        first[0].inputs[0],
        graph.add_constant(f"order of node {node.number}", np.array(order, np.int32)),
    ]
    if order == sorted(order):
        source, gone = node.inputs[0], node.outputs[0]
        for other in graph.consumers(gone):
            other.inputs = [source if index == gone else index for index in other.inputs]
        graph.outputs = [source if index == gone else index for index in graph.outputs]
        graph.nodes.remove(node)
    return True


def _permute_constants(graph: Graph, node: Node, order: Sequence[int]) -> bool:
    """Bring the constants beside maps into the order of what the maps were transposed from; False where they do not fit."""
    back = np.argsort(order)
    changed: dict[int, int] = {}
    for number, index in enumerate(node.inputs):
        data = graph.tensors[index].data
        if data is None or node.op in UNARY:
            continue
        if node.op == "PAD":
            if data.shape != (len(order), 2):
                return False
            changed[number] = graph.add_constant(
                f"paddings of node {node.number}", np.ascontiguousarray(data[back])
            )
            continue
        if data.ndim > len(order):
            return False
        full = data.reshape((1,) * (len(order) - data.ndim) + data.shape).transpose(back.tolist())
        made = like(graph, graph.tensors[index], full.shape)
        graph.tensors[made].data = np.ascontiguousarray(full)
        changed[number] = made
    for number, index in changed.items():
        node.inputs[number] = index
    return True


def _sink_reduction(graph: Graph, node: Node, before: Node, order: Order) -> bool:
    """Let a reduction read what its input was transposed from."""
    values, rank = graph.tensors[node.inputs[1]].data, len(order)
    if values is None or any(not -rank <= axis < rank for axis in values.reshape(-1).tolist()):
        return False
    axes = [order[axis % rank] for axis in values.reshape(-1).tolist()]
    left = [axis for axis in order if axis not in axes]
    keep = len(graph.tensors[node.outputs[0]].shape) == rank
    node.inputs = [
        before.inputs[0],
        graph.add_constant(f"axes of node {node.number}", np.array(axes, np.int32)),
    ]
    if keep:
        _transpose_after(graph, node, order)
    elif left != sorted(left):
        _transpose_after(graph, node, np.argsort(np.argsort(left)).tolist())
    return True


def _transpose_after(graph: Graph, node: Node, order: Sequence[int]) -> None:
    """Let a node make its output in the order from before a TRANSPOSE, and put the TRANSPOSE behind it."""
    output = graph.tensors[node.outputs[0]]
    shape = tuple(output.shape[axis] for axis in np.argsort(order))
    made = like(graph, output, shape)
    constant = graph.add_constant(f"order of node {node.number}", np.array(order, np.int32))
    after = Node("TRANSPOSE", [made, constant], node.outputs, number=node.number)
    graph.nodes.insert(graph.nodes.index(node) + 1, after)
    node.outputs = [made]
