"""MAX_POOL_2D and AVERAGE_POOL_2D; windows that share no row are averaged as their rows come, without a line buffer."""

from tinyml.compiler.frontend.graph import Graph, Node
from tinyml.compiler.ops.base import (
    Batched,
    Layer,
    Operand,
    Operator,
    activation_range,
    expect_inputs,
    quantized,
    sliding,
    unsupported,
)
from tinyml.compiler.styles.sums import Sums

OPTIONS = {
    "padding": (0, "int8", 0),
    "stride_w": (1, "int32", 0),
    "stride_h": (2, "int32", 0),
    "filter_w": (3, "int32", 0),
    "filter_h": (4, "int32", 0),
    "activation": (5, "int8", 0),
}


def _build(graph: Graph, node: Node, name: str, kernel: str) -> Layer:
    expect_inputs(node, 1, 1)
    source = quantized(graph, node, node.inputs[0], "input")
    output = quantized(graph, node, node.outputs[0], "output")
    if source.channels != output.channels:
        raise unsupported(node, f"it turns {source.channels} channels into {output.channels}")
    if source.scale != output.scale or source.zero_point != output.zero_point:
        raise unsupported(node, "its output has another scale or zero point than its input")
    extent = node.options["filter_h"], node.options["filter_w"]
    window, columns, fields = sliding(node, source, output, extent)
    low, high = activation_range(node, output)
    del fields["dilation"]
    fields |= {"channels": output.channels, "out_min": low, "out_max": high}
    operands = [Operand(node.inputs[0], window, columns)]
    whole_windows = not isinstance(window, Batched) and window.inside(output.height, source.height)
    if kernel == "tm_average_pool_row_s8" and window.stride >= window.kernel > 1 and whole_windows:
        fields |= {"multiplier": 0, "shift": 0, "in_zero_sum": 0, "out_zero_point": 0}
        return Layer(
            name,
            node,
            "tm_average",
            "tm_average",
            fields,
            operands,
            node.outputs[0],
            style=Sums(4 * output.row_bytes, window.kernel, window.stride),
        )
    return Layer(name, node, kernel, "tm_pool", fields, operands, node.outputs[0])


def build_max(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer of a MAX_POOL_2D."""
    return _build(graph, node, name, "tm_max_pool_row_s8")


def build_average(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer of an AVERAGE_POOL_2D."""
    return _build(graph, node, name, "tm_average_pool_row_s8")


MAX_POOL_2D = Operator(build_max, OPTIONS)
AVERAGE_POOL_2D = Operator(build_average, OPTIONS)
