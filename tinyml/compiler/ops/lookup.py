"""Operators of one input byte and one output byte, settled when compiling: activations and changes of scale.

LOGISTIC, RELU, RELU6, RELU_N1_TO_1, HARD_SWISH and QUANTIZE each become a table of 256 bytes.
"""

from collections.abc import Callable

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node, Tensor
from tinyml.compiler.ops.base import (
    Constant,
    Layer,
    Operand,
    Operator,
    Window,
    activation_range,
    expect_inputs,
    quantised,
    unsupported,
)
from tinyml.compiler.quantize import (
    INT32_MAX,
    divide_by_power_of_two,
    logistic,
    quantize_multiplier,
    requantize,
)

LOGISTIC_INTEGER_BITS = 4
Function = Callable[[int], int]


def _logistic(node: Node, source: Tensor, output: Tensor) -> Function:
    if output.zero_point != -128 or float(output.scale) != 1 / 256:
        raise unsupported(node, "its output needs the scale 1/256 and the zero point -128")
    multiplier, shift = quantize_multiplier(float(source.scale) * (1 << (31 - LOGISTIC_INTEGER_BITS)))
    radius = int(((1 << LOGISTIC_INTEGER_BITS) - 1) * (1 << (31 - LOGISTIC_INTEGER_BITS)) / 2.0**shift)

    def value(code: int) -> int:
        centred = code - source.zero_point
        if abs(centred) >= radius:
            return 127 if centred > 0 else -128
        fixed = requantize(centred, multiplier, shift)
        return divide_by_power_of_two(logistic(fixed, LOGISTIC_INTEGER_BITS), 23) - 128

    return value


def _rescaled(real: float, source: Tensor, output: Tensor) -> Function:
    multiplier, shift = quantize_multiplier(real)
    return lambda code: requantize(code - source.zero_point, multiplier, shift) + output.zero_point


def _relu(number: int) -> Callable[[Node, Tensor, Tensor], Function]:
    def make(node: Node, source: Tensor, output: Tensor) -> Function:
        node.activation = number
        low, high = activation_range(node, output)
        value = _rescaled(float(source.scale / output.scale), source, output)
        return lambda code: min(max(value(code), low), high)

    return make


def _quantize(node: Node, source: Tensor, output: Tensor) -> Function:
    return _rescaled(float(source.scale) / float(output.scale), source, output)


def _int16(value: int) -> int:
    return max(-(1 << 15), min((1 << 15) - 1, value))


def _high_multiply_int16(a: int, b: int) -> int:
    return _int16((a * b + (1 << 14)) >> 15)


def _int16_multiplier(real: float) -> tuple[int, int]:
    multiplier, shift = quantize_multiplier(real)
    return (0x7FFF if multiplier > INT32_MAX - (1 << 15) else (multiplier + (1 << 15)) >> 16), shift


def _hard_swish(node: Node, source: Tensor, output: Tensor) -> Function:
    fine_scale = np.float32(1 / 128) * source.scale
    relu_scale = np.float32(3) / np.float32(32768)
    out_multiplier, out_shift = _int16_multiplier(float(fine_scale / output.scale))
    relu_multiplier, relu_shift = _int16_multiplier(float(fine_scale / relu_scale))
    if out_shift > 0:
        raise unsupported(node, "its output's scale is too small beside its input's")

    def value(code: int) -> int:
        fine = (code - source.zero_point) << 7
        scaled = _high_multiply_int16(fine, out_multiplier)
        relu = _int16(fine << (relu_shift - 1)) if relu_shift > 0 else fine
        relu = _high_multiply_int16(relu, relu_multiplier)
        if relu_shift > 0:
            relu = _int16(relu << 1)
        elif relu_shift < 0:
            relu = divide_by_power_of_two(relu, -relu_shift)
        relu = (relu + (1 << 15)) >> 1  # 0 .. 2^15 - 1 stands for 0 .. 1
        product = _int16(int(relu * scaled / (1 << 15)))  # truncated towards zero
        return divide_by_power_of_two(product, -out_shift) + output.zero_point

    return value


def operator(function: Callable[[Node, Tensor, Tensor], Function]) -> Operator:
    """Return the operator that applies `function` to each value."""

    def build(graph: Graph, node: Node, name: str) -> Layer:
        expect_inputs(node, 1, 1)
        source, output = graph.tensors[node.inputs[0]], quantised(graph, node, node.outputs[0], "output")
        first = -128
        if source.dtype == "uint8" and node.op == "QUANTIZE" and len(source.scales) == 1 and source.scale > 0:
            first = 0
        else:
            quantised(graph, node, node.inputs[0], "input")
        if source.extents != output.extents:
            raise unsupported(node, f"it turns {list(source.shape)} into {list(output.shape)}")
        value = function(node, source, output)
        table = np.zeros(256, np.int8)
        for code in range(first, first + 256):
            table[code % 256] = max(-128, min(127, value(code)))
        fields = {"table": Constant(f"{name}_table", "int8_t", table), "channels": output.channels}
        operands = [Operand(node.inputs[0], columns=Window())]
        return Layer(name, node, "tm_lookup_row_s8", "tm_lookup", fields, operands, node.outputs[0])

    return Operator(build)


LOGISTIC = operator(_logistic)
RELU = operator(_relu(1))
RELU_N1_TO_1 = operator(_relu(2))
RELU6 = operator(_relu(3))
HARD_SWISH = operator(_hard_swish)
QUANTIZE = operator(_quantize)
