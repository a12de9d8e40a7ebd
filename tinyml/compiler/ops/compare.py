"""EQUAL, GREATER and the others, and SELECT_V2 that reads what they make.

TensorFlow Lite brings both inputs to a common scale in integers, which keeps their order: so for each byte of the first
input the bytes of the second that compare are a range, and two tables say where it begins and ends.
"""

from collections.abc import Callable

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node, Tensor
from tinyml.compiler.ops.base import Constant, Layer, Operator, expect_inputs, quantized, unsupported
from tinyml.compiler.ops.broadcast import operands_of
from tinyml.compiler.quantize import quantize_multiplier, requantize

LEFT_SHIFT = 8
CODES = range(-128, 128)
Range = Callable[[int, int], tuple[int, int]]  # of codes, from those that are equal


def _scaled(node: Node, tensor: Tensor) -> np.ndarray:
    """Return what each code, from -128 on, is compared as."""
    if tensor.dtype == "bool":
        return np.array(CODES)
    multiplier, shift = quantize_multiplier(float(tensor.scale))
    if shift > 0:
        raise unsupported(node, f"an input has the scale {tensor.scale:.9g}, expected less than 1")
    centred = [(code - tensor.zero_point) << LEFT_SHIFT for code in CODES]
    return np.array([requantize(value, multiplier, shift) for value in centred])


def builder(range_of: Range, *, invert: bool = False) -> Operator:
    """Return the operator that is true where b lies in the range, or outside with `invert`.

    `range_of` turns the first code of b that is not less than a, and the first that is greater, into begin and end.
    """

    def build(graph: Graph, node: Node, name: str) -> Layer:
        expect_inputs(node, 2, 2)
        a, b = (graph.tensors[index] for index in node.inputs)
        output = graph.tensors[node.outputs[0]]
        if not a.dtype == b.dtype == "bool":
            a, b = (quantized(graph, node, index, "input") for index in node.inputs)
        if output.dtype != "bool":
            raise unsupported(node, f"its output is {output.dtype}, expected bool")
        left, right = _scaled(node, a), _scaled(node, b)
        not_less = np.searchsorted(right, left, side="left") - 128
        greater = np.searchsorted(right, left, side="right") - 128
        ranges = np.array([range_of(*pair) for pair in zip(not_less.tolist(), greater.tolist(), strict=True)])
        by_byte = np.roll(ranges, 128, axis=0)  # the kernel looks bytes up as uint8
        operands, fields = operands_of(graph, node, name, output, "ab")
        fields |= {
            "begin": Constant(f"{name}_begin", "int16_t", by_byte[:, 0].astype(np.int16)),
            "end": Constant(f"{name}_end", "int16_t", by_byte[:, 1].astype(np.int16)),
            "invert": int(invert),
            "channels": output.channels,
        }
        return Layer(name, node, "tm_compare_row_s8", "tm_compare", fields, operands, node.outputs[0])

    return Operator(build)


def build_select(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer of a SELECT_V2: where the first input is true the byte of the second, else of the third."""
    expect_inputs(node, 3, 3)
    condition, *others = (graph.tensors[index] for index in (*node.inputs, node.outputs[0]))
    types = {tensor.dtype for tensor in others}
    if condition.dtype != "bool" or not (types == {"int8"} or types == {"bool"}):
        raise unsupported(
            node, f"it selects {', '.join(sorted(types))} by {condition.dtype}, expected int8 by bool"
        )
    output = graph.tensors[node.outputs[0]]
    operands, strides = operands_of(graph, node, name, output, "cab")
    fields = {"channels": output.channels, **strides}
    return Layer(name, node, "tm_select_row_s8", "tm_select", fields, operands, node.outputs[0])


EQUAL = builder(lambda not_less, greater: (not_less, greater))
NOT_EQUAL = builder(lambda not_less, greater: (not_less, greater), invert=True)
GREATER = builder(lambda not_less, greater: (-128, not_less))
GREATER_EQUAL = builder(lambda not_less, greater: (-128, greater))
LESS = builder(lambda not_less, greater: (greater, 128))
LESS_EQUAL = builder(lambda not_less, greater: (not_less, 128))
SELECT_V2 = Operator(build_select)
