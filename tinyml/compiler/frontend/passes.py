"""Rewrites that make the graph smaller or plainer without changing one byte of its result; each is followed by a check."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tinyml.compiler.frontend.apart import take_apart
from tinyml.compiler.frontend.axes import align_broadcasts, arrange_axes, arrange_products, multiply_maps
from tinyml.compiler.frontend.folding import fold_constants
from tinyml.compiler.frontend.graph import Graph, Node, Tensor, verify
from tinyml.compiler.frontend.lower import LOWERING
from tinyml.compiler.frontend.states import take_states, take_variables
from tinyml.compiler.frontend.support import check_support
from tinyml.compiler.frontend.transposes import sink_transposes
from tinyml.compiler.ops.copies import pads_of
from tinyml.errors import ModelError

VIEWS = ("RESHAPE", "SQUEEZE", "EXPAND_DIMS", "TRANSPOSE")
CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")
IDENTITIES = (
    "CAST",
    "QUANTIZE",
    "STRIDED_SLICE",
    "SLICE",
    "BROADCAST_TO",
    "PAD",
    "PADV2",
    "TILE",
)  # if shapes are kept
EDGE_TYPES = ("int8", "uint8", "int16", "int32", "bool")
CLAMPS = {"RELU": 1, "RELU_N1_TO_1": 2, "RELU6": 3}
CLAMPING = (*CONVOLUTIONS, "FULLY_CONNECTED", "ADD", "SUB", "MUL", "AVERAGE_POOL_2D", "MAX_POOL_2D")


def run_passes(graph: Graph) -> Graph:
    """Apply all passes in order, verifying after each; raises ModelError for graphs that cannot be compiled."""
    for one in PASSES:
        one(graph)
        verify(graph)
    return graph


def _drop(graph: Graph, node: Node) -> None:
    """Remove a node with one input: whoever read its output reads its input."""
    source, output = node.inputs[0], node.outputs[0]
    graph.nodes.remove(node)
    for other in graph.nodes:
        other.inputs = [source if index == output else index for index in other.inputs]
    graph.outputs = [source if index == output else index for index in graph.outputs]


def drop_unused(graph: Graph) -> None:
    """Drop nodes whose values are not read."""
    needed = set(graph.outputs)
    for node in reversed(list(graph.nodes)):
        if needed.intersection(node.outputs):
            needed.update(node.inputs)
        else:
            graph.nodes.remove(node)


def integer_edges(graph: Graph) -> None:
    """Move float inputs and outputs inside the QUANTIZE and DEQUANTIZE at the edges."""
    for number, index in enumerate(graph.inputs):
        readers = graph.consumers(index)
        codes = {_quantization(graph.tensors[node.outputs[0]]) for node in readers}
        if (
            graph.tensors[index].dtype != "float32"
            or {node.op for node in readers} != {"QUANTIZE"}
            or len(codes) != 1
        ):
            continue
        for node in readers[1:]:
            node.inputs = [readers[0].outputs[0]]
            _drop(graph, node)
        if readers[0].outputs[0] not in graph.outputs:
            graph.inputs[number] = readers[0].outputs[0]
            graph.nodes.remove(readers[0])
    for index in list(graph.outputs):
        last = graph.producer(index)
        if last and last.op == "DEQUANTIZE" and not graph.consumers(index):
            _drop(graph, last)


def drop_identities(graph: Graph) -> None:
    """Drop nodes that return their input: CASTs to the same type, QUANTIZEs to the same codes, and the like."""
    for node in [node for node in graph.nodes if node.op in IDENTITIES]:
        source, output = graph.tensors[node.inputs[0]], graph.tensors[node.outputs[0]]
        if (
            source.data is None
            and source.shape == output.shape
            and _quantization(source) == _quantization(output)
        ):
            _drop(graph, node)


def check_edges(graph: Graph) -> None:
    """Raise ModelError where an input or output is of a type that C does not get, or constant."""
    for what, edges in (("input", graph.inputs), ("output", graph.outputs)):
        for tensor in (graph.tensors[index] for index in edges):
            if tensor.data is not None:
                raise ModelError(
                    f"the {what} '{tensor.name}' is constant", cure="export the model without it"
                )
            if tensor.dtype not in EDGE_TYPES or (
                tensor.dtype in ("int8", "uint8") and len(tensor.scales) > 1
            ):
                raise ModelError(
                    f"the {what} '{tensor.name}' is {tensor.dtype}, expected int8 or uint8 with one scale, or int32",
                    cure="export a full-integer int8 model",
                )


def _quantization(tensor: Tensor) -> tuple[object, ...]:
    return tensor.dtype, tuple(tensor.scales.tolist()), tuple(tensor.zero_points.tolist())


def drop_views(graph: Graph) -> None:
    """Drop reshapes that leave the rows as they are, that a fully connected layer undoes, or that make the output."""
    for node in [node for node in graph.nodes if node.op in VIEWS]:
        source, output = graph.tensors[node.inputs[0]], graph.tensors[node.outputs[0]]
        if node.op == "TRANSPOSE" or source.dtype != output.dtype or source.bytes != output.bytes:
            continue
        if source.scales.tolist() != output.scales.tolist() or source.data is not None:
            continue
        if source.zero_points.tolist() != output.zero_points.tolist():
            continue
        readers = graph.consumers(node.outputs[0])
        flattening = all(
            reader.op == "FULLY_CONNECTED"
            and len(reader.inputs) > 1
            and graph.tensors[reader.inputs[1]].shape[1:] == (source.bytes,)
            and graph.tensors[reader.outputs[0]].bytes == graph.tensors[reader.inputs[1]].shape[0]
            for reader in readers
        )
        if source.extents == output.extents or flattening:
            for reader in readers:
                if reader.inputs[0] == node.outputs[0] and reader.viewed_as is None:
                    reader.viewed_as = output.shape  # its axes are those of the view
            _drop(graph, node)


def separate_channels(graph: Graph) -> None:
    """Make a CONV_2D with a group for each input channel the DEPTHWISE_CONV_2D that it is.

    Filters [out_channels, height, width, 1] become [1, height, width, out_channels]; all else the two have in common.
    """
    for node in graph.nodes:
        if node.op != "CONV_2D" or len(node.inputs) < 2 or node.inputs[1] == -1:
            continue
        channels, filters = graph.tensors[node.inputs[0]].channels, graph.tensors[node.inputs[1]]
        if filters.data is None or len(filters.shape) != 4 or filters.shape[3] != 1 or channels == 1:
            continue
        data = np.ascontiguousarray(filters.data.transpose(3, 1, 2, 0))
        graph.tensors.append(replace(filters, shape=data.shape, data=data, axis=3))
        node.op, node.inputs = "DEPTHWISE_CONV_2D", [node.inputs[0], len(graph.tensors) - 1, *node.inputs[2:]]


def fold_padding(graph: Graph) -> None:
    """Give a PAD's widths to the convolutions that read it: the padded map is never made."""
    for node in [node for node in graph.nodes if node.op in ("PAD", "PADV2")]:
        around, value = pads_of(graph, node)
        if len(around) != 4 or around[[0, 3]].any():
            continue
        pads: tuple[int, int, int, int] = tuple(around[1:3].reshape(-1).tolist())
        readers = graph.consumers(node.outputs[0])
        zero = value == graph.tensors[node.outputs[0]].zero_point
        foldable = [reader.op in CONVOLUTIONS and reader.pads is None for reader in readers]
        if zero and readers and all(foldable) and node.outputs[0] not in graph.outputs:
            for reader in readers:
                reader.pads = pads
            _drop(graph, node)


def fuse_activations(graph: Graph) -> None:
    """Let the layer before a RELU clamp, where scale and zero point stay the same and nothing else reads its value."""
    for node in [node for node in graph.nodes if node.op in CLAMPS]:
        source, output = graph.tensors[node.inputs[0]], graph.tensors[node.outputs[0]]
        before = graph.producer(node.inputs[0])
        if before is None or before.op not in CLAMPING or node.inputs[0] in graph.outputs:
            continue
        alone = len(graph.consumers(node.inputs[0])) == 1
        free = before.activation is None and before.options.get("activation") == 0
        same = source.scales.tolist() == output.scales.tolist() and len(source.scales) == 1
        same = same and source.zero_points.tolist() == output.zero_points.tolist()
        if alone and free and same and source.extents == output.extents:
            before.activation = CLAMPS[node.op]
            before.outputs = node.outputs
            graph.nodes.remove(node)


PASSES: tuple[Callable[[Graph], None], ...] = (
    take_states,
    take_variables,
    take_apart,
    fold_constants,
    integer_edges,
    drop_unused,
    drop_identities,
    sink_transposes,
    drop_unused,
    *LOWERING,
    arrange_axes,
    multiply_maps,
    arrange_products,
    align_broadcasts,
    check_support,
    check_edges,
    drop_views,
    separate_channels,
    fold_padding,
    fuse_activations,
)
