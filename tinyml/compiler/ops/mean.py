"""MEAN over the height and the width (or one of them), summed as the rows come."""

from tinyml.compiler.frontend.graph import Graph, Node
from tinyml.compiler.ops.base import (
    Layer,
    Operand,
    Operator,
    Window,
    constant,
    expect_inputs,
    quantized,
    unsupported,
)
from tinyml.compiler.quantize import quantize_multiplier
from tinyml.compiler.styles.sums import Sums


def build(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer; the axes are a constant, negative ones count from the end."""
    expect_inputs(node, 2, 2)
    source = quantized(graph, node, node.inputs[0], "input")
    output = quantized(graph, node, node.outputs[0], "output")
    rank = len(source.shape)
    axes = constant(graph, node, node.inputs[1], "axes", ("int32", "int64")).reshape(-1).tolist()
    axes = sorted({axis % rank if -rank <= axis < rank else axis for axis in axes})
    if rank != 4 or source.shape[0] != 1 or axes not in ([1], [2], [1, 2]):
        raise unsupported(node, f"axes {axes} of {rank} are not supported, expected height and width of 4")
    height = source.height if 1 in axes else 1
    width = source.width if 2 in axes else 1
    out_width = source.width // width
    if output.bytes != source.bytes // (height * width):
        raise unsupported(
            node, f"output {list(output.shape)} does not follow from its input {list(source.shape)}"
        )
    if height == source.height and output.extents[0] != 1 and source.height > 1:
        raise unsupported(node, f"output {list(output.shape)} drops an axis in the middle of the picture")
    multiplier, shift = quantize_multiplier(float(source.scale) / float(output.scale))
    count = height * width
    up = min(count.bit_length() - 1, 32, 31 + shift)
    return Layer(
        name,
        node,
        "tm_average",
        "tm_average",
        {
            "multiplier": (multiplier << up) // count,
            "shift": shift - up,
            "in_zero_sum": source.zero_point * count,
            "in_width": source.width,
            "channels": source.channels,
            "out_width": out_width,
            "kernel_height": height,
            "kernel_width": width,
            "stride": width,
            "pad_left": 0,
            "out_zero_point": output.zero_point,
            "out_min": -128,
            "out_max": 127,
        },
        [Operand(node.inputs[0], Window(stride=height, kernel=height))],
        node.outputs[0],
        style=Sums(4 * out_width * source.channels, height, height),
    )


OPERATOR = Operator(build, {"keep_dims": (0, "bool", False)})
