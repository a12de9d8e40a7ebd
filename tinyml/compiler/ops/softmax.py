"""SOFTMAX over the channels; the exponentials of all 256 differences are computed at compile time."""

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node
from tinyml.compiler.ops.base import (
    Constant,
    Layer,
    Operand,
    Operator,
    Window,
    expect_inputs,
    quantized,
    unsupported,
)
from tinyml.compiler.quantize import doubling_high_multiply, exp_on_negative, quantize_multiplier, wrapped

INTEGER_BITS = 5
LARGEST_CHANNELS = 4095  # sums of exponentials are Q12.19


def build(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer."""
    expect_inputs(node, 1, 1)
    source = quantized(graph, node, node.inputs[0], "input")
    output = quantized(graph, node, node.outputs[0], "output")
    if output.zero_point != -128 or float(output.scale) != 1 / 256:
        raise unsupported(node, "its output needs the scale 1/256 and the zero point -128")
    if source.extents != output.extents or source.channels > LARGEST_CHANNELS:
        raise unsupported(node, f"it turns {list(source.shape)} into {list(output.shape)}")
    beta = float(node.options["beta"])
    real = min(beta * float(source.scale) * (1 << (31 - INTEGER_BITS)), 2.0**31 - 1)
    if not real > 1:
        raise unsupported(node, f"beta {beta} times its input's scale is too small")
    multiplier, shift = quantize_multiplier(real)
    radius = int(((1 << INTEGER_BITS) - 1) * (1 << (31 - INTEGER_BITS)) / 2.0**shift)
    table = np.zeros(256, np.int32)
    for difference in range(min(radius, 255) + 1):
        fixed = doubling_high_multiply(wrapped(-difference << shift), multiplier)
        table[difference] = exp_on_negative(fixed, INTEGER_BITS)
    fields = {"exponential": Constant(f"{name}_exponential", "int32_t", table), "channels": output.channels}
    return Layer(
        name,
        node,
        "tm_softmax_row_s8",
        "tm_softmax",
        fields,
        [Operand(node.inputs[0], columns=Window())],
        node.outputs[0],
    )


OPERATOR = Operator(build, {"beta": (0, "float32", 0.0)})
