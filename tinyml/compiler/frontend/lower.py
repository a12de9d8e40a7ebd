"""Rewrites of operators into others that the kernels have, without changing one byte of the result."""

from dataclasses import replace

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
    """Make a convolution between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND the dilated one that it stands for.

    Of sequences [1, steps, channels] the convolution sees pictures of one row or one column, between two views; then it
    goes along the steps.
    """
    for first in [node for node in graph.nodes if node.op == "SPACE_TO_BATCH_ND"]:
        between = _between(graph, first)
        if between is None:
            continue
        conv, last, views = between
        begin, end = constants_of(graph, first, 2), constants_of(graph, last, 2)
        plain = all(conv.options[f"{what}_{axis}"] == 1 for what in ("stride", "dilation") for axis in "hw")
        if begin is None or end is None or not plain or conv.options["padding"] != 1 or conv.pads:
            continue
        source, output = graph.tensors[first.inputs[0]], graph.tensors[last.outputs[0]]
        kernel = _kernel(graph, conv, len(source.shape))
        block = begin[0].reshape(-1).tolist()
        if kernel is None or block != end[0].reshape(-1).tolist() or len(block) != len(kernel):
            continue
        if end[1].shape != (len(block), 2) or begin[1].shape != end[1].shape or end[1][:, 0].any():
            continue
        before = begin[1][:, 0].tolist()
        after = [
            made + (taps - 1) * step - given - above
            for made, taps, step, given, above in zip(
                output.shape[1:-1], kernel, block, source.shape[1:-1], before, strict=True
            )
        ]
        if min(after) < 0 or any(own > most for own, most in zip(after, begin[1][:, 1], strict=True)):
            continue
        around = [*zip(before, after, strict=True), (0, 0)]
        conv.pads = (*around[0], *around[1])
        conv.options |= {f"dilation_{axis}": step for axis, step in zip("hw", block, strict=False)}
        _take_over(graph, first, conv, last)
        graph.nodes = [node for node in graph.nodes if node not in (first, last, *views)]


def _kernel(graph: Graph, conv: Node, rank: int) -> list[int] | None:
    """Return the taps of a convolution's filters along the axes of maps of a rank; None where they have others."""
    shape = graph.tensors[conv.inputs[1]].shape
    if len(shape) != 4 or graph.tensors[conv.inputs[1]].data is None:
        return None
    if rank == 4:
        return [shape[1], shape[2]]
    return [max(shape[1:3])] if min(shape[1:3]) == 1 else None


def _alone(graph: Graph, index: int) -> Node | None:
    """Return the only reader of a tensor; None where there are several, or the caller reads it too."""
    readers = graph.consumers(index)
    return readers[0] if len(readers) == 1 and index not in graph.outputs else None


def _between(graph: Graph, first: Node) -> tuple[Node, Node, list[Node]] | None:
    """Return the convolution behind a SPACE_TO_BATCH_ND, the BATCH_TO_SPACE_ND behind that, and the views around it."""
    rank = len(graph.tensors[first.inputs[0]].shape)
    found: list[Node] = []
    views: list[Node] = []
    node: Node | None = first
    for ops in (CONVOLUTIONS, ("BATCH_TO_SPACE_ND",)):
        assert node is not None
        made = graph.tensors[node.outputs[0]]
        node = _alone(graph, node.outputs[0])
        if node is not None and rank == 3 and node.op in ("RESHAPE", "EXPAND_DIMS", "SQUEEZE"):
            view = graph.tensors[node.outputs[0]]
            values = [
                shape[:1] + tuple(n for n in shape[1:-1] if n != 1) + shape[-1:]
                for shape in (made.shape, view.shape)
            ]
            if values[0] != values[1] or {len(made.shape), len(view.shape)} != {3, 4}:
                return None
            views.append(node)
            node = _alone(graph, node.outputs[0])
        elif rank != 4:
            return None
        if node is None or node.op not in ops:
            return None
        found.append(node)
    return found[0], found[1], views


def _take_over(graph: Graph, first: Node, conv: Node, last: Node) -> None:
    """Let a convolution read and make what the nodes around it do; of a sequence it sees a picture of one column."""
    source, output = graph.tensors[first.inputs[0]], graph.tensors[last.outputs[0]]
    conv.inputs = [first.inputs[0], *conv.inputs[1:]]
    conv.outputs = last.outputs
    if len(source.shape) != 3:
        return
    filters = graph.tensors[conv.inputs[1]]
    assert filters.data is not None
    taps = filters.data.reshape(filters.shape[0], -1, 1, filters.shape[3])
    graph.tensors.append(replace(filters, shape=taps.shape, data=taps))
    conv.inputs[1] = len(graph.tensors) - 1
    pictures = [like(graph, map_, (1, map_.shape[1], 1, map_.shape[2])) for map_ in (source, output)]
    insert_before(graph, first, Node("RESHAPE", [first.inputs[0]], [pictures[0]], number=first.number))
    conv.inputs[0], conv.outputs = pictures[0], [pictures[1]]
    after = Node("RESHAPE", [pictures[1]], last.outputs, number=last.number)
    graph.nodes.insert(graph.nodes.index(last), after)


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
