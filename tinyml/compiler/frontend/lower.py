"""Rewrites of operators into others that the kernels have, without changing one byte of the result."""

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node, Tensor
from tinyml.compiler.ops.lookup import REAL_FUNCTIONS

CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")
CHAINED = {*REAL_FUNCTIONS, "LEAKY_RELU"}


def chain_functions(graph: Graph) -> None:
    """Make DEQUANTIZE, functions of reals and QUANTIZE one table, where nothing else reads the reals between."""
    for first in [node for node in graph.nodes if node.op == "DEQUANTIZE"]:
        steps: list[Node] = []
        node = first
        while node.outputs[0] not in graph.outputs:
            readers = graph.consumers(node.outputs[0])
            if len(readers) != 1 or readers[0].inputs != node.outputs:
                break
            node = readers[0]
            if node.op not in CHAINED:
                break
            steps.append(node)
        if node.op == "QUANTIZE" and node is not first:
            options = {"functions": steps}
            made = Node("CHAIN", first.inputs, node.outputs, options, (steps or [first])[0].number)
            graph.nodes[graph.nodes.index(node)] = made
            for gone in (first, *steps):
                graph.nodes.remove(gone)


def constants_of(graph: Graph, node: Node, count: int) -> list[np.ndarray] | None:
    """Return the node's last `count` inputs, or None where they are not constants."""
    tensors = [graph.tensors[index] for index in node.inputs[-count:] if index != -1]
    found = [tensor.data for tensor in tensors if tensor.data is not None]
    return found if len(found) == count and len(node.inputs) == count + 1 else None


def like(graph: Graph, tensor: Tensor, shape: tuple[int, ...]) -> int:
    """Add a tensor of another shape, else like `tensor`; return its number."""
    graph.tensors.append(
        Tensor(tensor.name, shape, tensor.dtype, tensor.scales, tensor.zero_points, tensor.axis)
    )
    return len(graph.tensors) - 1


def insert_before(graph: Graph, node: Node, made: Node) -> None:
    """Put a node in front of another one."""
    graph.nodes.insert(graph.nodes.index(node), made)


def fold_dilation(graph: Graph) -> None:
    """Make a convolution between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND the dilated one that it stands for."""
    for first in [node for node in graph.nodes if node.op == "SPACE_TO_BATCH_ND"]:
        readers = graph.consumers(first.outputs[0])
        if len(readers) != 1 or readers[0].op not in CONVOLUTIONS or first.outputs[0] in graph.outputs:
            continue
        conv = readers[0]
        lasts = graph.consumers(conv.outputs[0])
        if len(lasts) != 1 or lasts[0].op != "BATCH_TO_SPACE_ND" or conv.outputs[0] in graph.outputs:
            continue
        last = lasts[0]
        begin, end = constants_of(graph, first, 2), constants_of(graph, last, 2)
        plain = all(conv.options[f"{what}_{axis}"] == 1 for what in ("stride", "dilation") for axis in "hw")
        if begin is None or end is None or not plain or conv.options["padding"] != 1 or conv.pads:
            continue
        source, output = graph.tensors[first.inputs[0]], graph.tensors[last.outputs[0]]
        block = begin[0].reshape(-1).tolist()
        filters = graph.tensors[conv.inputs[1]].shape
        if block != end[0].reshape(-1).tolist() or len(block) != 2 or end[1][:, 0].any() or len(filters) != 4:
            continue
        before = begin[1][:, 0].tolist()
        after = [
            output.shape[axis + 1]
            + (filters[axis + 1] - 1) * block[axis]
            - source.shape[axis + 1]
            - before[axis]
            for axis in (0, 1)
        ]
        if min(after) < 0 or any(after[axis] > begin[1][axis, 1] for axis in (0, 1)):
            continue
        conv.inputs = [first.inputs[0], *conv.inputs[1:]]
        conv.outputs = last.outputs
        conv.options |= {"dilation_h": block[0], "dilation_w": block[1]}
        conv.pads = (before[0], after[0], before[1], after[1])
        graph.nodes.remove(first)
        graph.nodes.remove(last)


def pad_before_batches(graph: Graph) -> None:
    """Give a SPACE_TO_BATCH_ND a PAD of its own: what is padding then depends on one axis at a time."""
    for node in [node for node in graph.nodes if node.op == "SPACE_TO_BATCH_ND"]:
        constants = constants_of(graph, node, 2)
        source = graph.tensors[node.inputs[0]]
        if constants is None or not constants[1].any() or constants[1].ndim != 2:
            continue
        pads = np.zeros((len(source.shape), 2), np.int32)
        if len(constants[1]) >= len(pads) or constants[1].shape[1] != 2:
            continue
        pads[1 : 1 + len(constants[1])] = constants[1]
        padded = like(graph, source, tuple(int(size) for size in pads.sum(axis=1) + source.shape))
        around = graph.add_constant(f"paddings of node {node.number}", pads)
        insert_before(graph, node, Node("PAD", [node.inputs[0], around], [padded], number=node.number))
        none = graph.add_constant(f"no paddings of node {node.number}", np.zeros_like(constants[1]))
        node.inputs = [padded, node.inputs[1], none]


def flatten_fully_connected(graph: Graph) -> None:
    """Cut the input of a FULLY_CONNECTED into rows of as many values as it has weights, and its output likewise.

    Where one input row serves one output row, or one output is made of the whole input, it is left as it is.
    """
    for node in [node for node in graph.nodes if node.op == "FULLY_CONNECTED"]:
        if len(node.inputs) < 2 or node.inputs[1] == -1:
            continue
        source, weights = graph.tensors[node.inputs[0]], graph.tensors[node.inputs[1]]
        output = graph.tensors[node.outputs[0]]
        if len(weights.shape) != 2 or source.dtype != "int8" or not weights.shape[1] or not weights.shape[0]:
            continue
        depth = weights.shape[1]
        direct = depth == source.channels and source.extents[:2] == output.extents[:2]
        if direct or source.bytes % depth or (depth == source.bytes and output.height * output.width == 1):
            continue
        rows = source.bytes // depth
        if output.bytes != rows * weights.shape[0]:
            continue
        flat = like(graph, source, (rows, depth))
        insert_before(graph, node, Node("RESHAPE", [node.inputs[0]], [flat], number=node.number))
        node.inputs = [flat, *node.inputs[1:]]
        if output.extents != (rows, 1, weights.shape[0]):
            made = like(graph, output, (rows, weights.shape[0]))
            after = Node("RESHAPE", [made], node.outputs, number=node.number)
            graph.nodes.insert(graph.nodes.index(node) + 1, after)
            node.outputs = [made]


def join_rows(graph: Graph) -> None:
    """Make PACK, and CONCATENATION along any axis but the rows, a CONCATENATION along the last of two axes.

    What lies before the axis becomes rows; a row is then a row of each input, one behind the other.
    """
    for node in [node for node in graph.nodes if node.op in ("PACK", "CONCATENATION")]:
        output = graph.tensors[node.outputs[0]]
        sources = [graph.tensors[index] for index in node.inputs if index != -1]
        rank = len(output.shape)
        if not rank or len(sources) != len(node.inputs) or node.options.get("activation"):
            continue
        axis = node.options["axis"] % rank
        if node.op == "CONCATENATION" and any(len(source.shape) != rank for source in sources):
            continue
        outer = int(np.prod(output.shape[:axis]))
        if sum(source.bytes for source in sources) != output.bytes or any(s.bytes % outer for s in sources):
            continue
        channels = axis == rank - 1 and all(s.extents[:2] == output.extents[:2] for s in sources)
        stacked = outer == 1 and all(s.extents[1:] == output.extents[1:] and s.data is None for s in sources)
        if node.op == "CONCATENATION" and (channels or stacked):
            continue
        inputs = []
        for index, source in zip(node.inputs, sources, strict=True):
            flat = like(graph, source, (outer, source.bytes // outer))
            inputs.append(flat)
            if source.data is not None:
                graph.tensors[flat].data = source.data.reshape(outer, -1)
            else:
                insert_before(graph, node, Node("RESHAPE", [index], [flat], number=node.number))
        made = like(graph, output, (outer, output.bytes // outer))
        options = {"axis": 1, "activation": 0}
        at = graph.nodes.index(node)
        graph.nodes[at] = Node("CONCATENATION", inputs, [made], options, node.number)
        graph.nodes.insert(at + 1, Node("RESHAPE", [made], node.outputs, number=node.number))


LOWERING = (
    chain_functions,
    fold_dilation,
    pad_before_batches,
    flatten_fully_connected,
    join_rows,
)
