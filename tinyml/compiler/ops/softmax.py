"""SOFTMAX and its relatives over the channels; the exponentials of all 256 differences are computed at compile time."""

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node, Tensor
from tinyml.compiler.ops.base import (
    Constant,
    Fields,
    Layer,
    Operand,
    Operator,
    Window,
    expect_inputs,
    quantized,
    unsupported,
)
from tinyml.compiler.quantize import exp_on_negative, quantize_multiplier, requantize

INTEGER_BITS = 5
LARGEST_CHANNELS = 4095  # sums of exponentials are Q12.19


def build(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer of a SOFTMAX."""
    source, output = _over_channels(graph, node, 1 / 256, -128)
    multiplier, shift, radius = _scaled_differences(node, source, float(node.options["beta"]))
    fields = {"exponential": _exponentials(name, multiplier, shift, radius), "channels": output.channels}
    return _layer(node, name, "softmax", fields)


def build_logarithm(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer of a LOG_SOFTMAX."""
    source, output = _over_channels(graph, node, 16 / 256, 127)
    multiplier, shift, radius = _scaled_differences(node, source, 1.0)
    divisor, divisor_shift = quantize_multiplier((1 << (31 - shift)) / multiplier)
    differences = [requantize(-difference, multiplier, shift) for difference in range(256)]
    fields = {
        "exponential": _exponentials(name, multiplier, shift, radius),
        "difference": Constant(f"{name}_difference", "int32_t", np.array(differences, np.int32)),
        "divisor": divisor,
        "divisor_shift": divisor_shift,
        "radius": radius,
        "channels": output.channels,
    }
    return _layer(node, name, "log_softmax", fields)


def build_norm(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer of an L2_NORMALIZATION."""
    source, output = _over_channels(graph, node, 1 / 128, 0)
    if node.options["activation"]:
        raise unsupported(node, "it has a fused activation")
    fields = {"in_zero_point": source.zero_point, "channels": output.channels}
    return _layer(node, name, "l2_normalization", fields)


def _over_channels(graph: Graph, node: Node, scale: float, zero_point: int) -> tuple[Tensor, Tensor]:
    """Return input and output; raises ModelError where the shape changes or the output has another scale than must be."""
    expect_inputs(node, 1, 1)
    source = quantized(graph, node, node.inputs[0], "input")
    output = quantized(graph, node, node.outputs[0], "output")
    if output.zero_point != zero_point or float(output.scale) != scale:
        denominator = round(1 / scale)
        raise unsupported(node, f"its output needs the scale 1/{denominator} and the zero point {zero_point}")
    if source.extents != output.extents or source.channels > LARGEST_CHANNELS:
        raise unsupported(node, f"it turns {list(source.shape)} into {list(output.shape)}")
    return source, output


def _scaled_differences(node: Node, source: Tensor, beta: float) -> tuple[int, int, int]:
    """Return multiplier and shift of differences to the largest value, and the largest difference that counts."""
    real = min(beta * float(source.scale) * (1 << (31 - INTEGER_BITS)), 2.0**31 - 1)
    if not real > 1:
        raise unsupported(node, f"beta {beta} times its input's scale is too small")
    multiplier, shift = quantize_multiplier(real)
    return multiplier, shift, int(((1 << INTEGER_BITS) - 1) * (1 << (31 - INTEGER_BITS)) / 2.0**shift)


def _exponentials(name: str, multiplier: int, shift: int, radius: int) -> Constant:
    table = np.zeros(256, np.int32)
    for difference in range(min(radius, 255) + 1):
        table[difference] = exp_on_negative(requantize(-difference, multiplier, shift), INTEGER_BITS)
    return Constant(f"{name}_exponential", "int32_t", table)


def _layer(node: Node, name: str, kernel: str, fields: Fields) -> Layer:
    operands = [Operand(node.inputs[0], columns=Window())]
    return Layer(name, node, f"tm_{kernel}_row_s8", f"tm_{kernel}", fields, operands, node.outputs[0])


SOFTMAX = Operator(build, {"beta": (0, "float32", 0.0)})
LOG_SOFTMAX = Operator(build_logarithm)
L2_NORMALIZATION = Operator(build_norm, {"activation": (0, "int8", 0)})
