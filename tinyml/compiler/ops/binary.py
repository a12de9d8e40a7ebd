"""Element by element with two inputs: sums, products, quotients, the larger and the smaller, PRELU."""

from collections.abc import Callable

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node, Tensor
from tinyml.compiler.ops.base import Layer, Operator, activation_range, expect_inputs, quantized, unsupported
from tinyml.compiler.ops.broadcast import operands_of
from tinyml.compiler.quantize import quantize_multiplier

SUM_HEADROOM, SQUARE_HEADROOM = 1 << 20, 1 << 14
ACTIVATION = {"activation": (0, "int8", 0)}
Multipliers = Callable[[Tensor, Tensor, Tensor], tuple[float, float, float]]  # of a, of b, of what they make


def _sum(a: Tensor, b: Tensor, output: Tensor) -> tuple[float, float, float]:
    common = 2 * float(max(a.scale, b.scale))
    return float(a.scale) / common, float(b.scale) / common, common / (SUM_HEADROOM * float(output.scale))


def _product(a: Tensor, b: Tensor, output: Tensor) -> tuple[float, float, float]:
    return 0.0, 0.0, float(a.scale) * float(b.scale) / float(output.scale)


def _quotient(a: Tensor, b: Tensor, output: Tensor) -> tuple[float, float, float]:
    return 0.0, 0.0, float(a.scale / (b.scale * output.scale))


def _squared_difference(a: Tensor, b: Tensor, output: Tensor) -> tuple[float, float, float]:
    common = 2 * float(max(a.scale, b.scale))
    headroom = float(np.float32(SQUARE_HEADROOM) * output.scale)
    return float(a.scale) / common, float(b.scale) / common, common * common / headroom


def _prelu(a: Tensor, b: Tensor, output: Tensor) -> tuple[float, float, float]:
    """Return what positive values are multiplied by, and the products of negative ones with their slopes."""
    positive = float(a.scale) / float(output.scale)
    return positive, float(a.scale) * float(b.scale) / float(output.scale), 0.0


def _check_quotient(node: Node, b: Tensor, shift: int) -> None:
    """Raise ModelError where the reference divides by zero, or shifts by a negative number of bits."""
    if b.data is not None and (b.data == b.zero_point).any():
        raise unsupported(node, "its divisor has zeros")
    if shift > 23:
        raise unsupported(node, "its output's scale is too small beside its inputs'")


def builder(kernel: str, multipliers: Multipliers, options: dict[str, tuple[int, str, int]]) -> Operator:
    """Return the operator that `kernel` computes."""

    def build(graph: Graph, node: Node, name: str) -> Layer:
        expect_inputs(node, 2, 2)
        a, b = (quantized(graph, node, index, "input") for index in node.inputs)
        output = quantized(graph, node, node.outputs[0], "output")
        operands, fields = operands_of(graph, node, name, output, "ab")
        for letter, real in zip(("a", "b", "out"), multipliers(a, b, output), strict=True):
            fields[f"{letter}_multiplier"], fields[f"{letter}_shift"] = quantize_multiplier(real)
        if multipliers is _quotient:
            _check_quotient(node, b, fields["out_shift"])
        low, high = activation_range(node, output)
        fields |= {
            "channels": output.channels,
            "a_zero_point": a.zero_point,
            "b_zero_point": b.zero_point,
            "out_zero_point": output.zero_point,
            "out_min": low,
            "out_max": high,
        }
        return Layer(name, node, kernel, "tm_binary", fields, operands, node.outputs[0])

    return Operator(build, dict(options))


def build_pair(kernel: str) -> Operator:
    """Return the operator that gives one of two bytes, whatever they stand for."""

    def build(graph: Graph, node: Node, name: str) -> Layer:
        expect_inputs(node, 2, 2)
        types = {graph.tensors[index].dtype for index in (*node.inputs, *node.outputs)}
        if len(types) != 1 or not types <= {"int8", "bool"}:
            raise unsupported(node, f"its inputs and output are {', '.join(sorted(types))}, expected int8")
        output = graph.tensors[node.outputs[0]]
        operands, strides = operands_of(graph, node, name, output, "ab")
        fields = {"channels": output.channels, **strides}
        return Layer(name, node, kernel, "tm_choice", fields, operands, node.outputs[0])

    return Operator(build)


ADD = builder("tm_add_row_s8", _sum, ACTIVATION)
SUB = builder("tm_sub_row_s8", _sum, ACTIVATION)
MUL = builder("tm_mul_row_s8", _product, ACTIVATION)
DIV = builder("tm_div_row_s8", _quotient, ACTIVATION)
SQUARED_DIFFERENCE = builder("tm_squared_difference_row_s8", _squared_difference, {})
PRELU = builder("tm_prelu_row_s8", _prelu, {})
MAXIMUM = build_pair("tm_maximum_row_s8")  # of bools: one of the two
MINIMUM = build_pair("tm_minimum_row_s8")  # of bools: both
