"""BATCH_MATMUL of two maps, or of a map and a constant: each output row is a row of the first times a matrix of the second."""

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node
from tinyml.compiler.ops.base import (
    Constant,
    Fields,
    Layer,
    Operand,
    Operator,
    Whole,
    expect_inputs,
    quantized,
    unsupported,
)
from tinyml.compiler.ops.copies import window_of
from tinyml.compiler.quantize import quantize_multiplier


def build(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer; `arrange_products` has made [rows, depth] and [rows, columns] of the first input and the output."""
    expect_inputs(node, 2, 2)
    left, right = (quantized(graph, node, index, "input") for index in node.inputs)
    output = quantized(graph, node, node.outputs[0], "output")
    if "matrices" not in node.options:
        shapes = [list(graph.tensors[index].shape) for index in (*node.inputs, node.outputs[0])]
        raise unsupported(node, f"{shapes[0]} times {shapes[1]} does not make {shapes[2]}")
    if left.data is not None:
        raise unsupported(node, "its first input is constant")
    depth, columns = left.channels, output.channels
    rows, matrices = node.options["rows"], node.options["matrices"]
    multiplier, shift = quantize_multiplier(float(left.scale) * float(right.scale) / float(output.scale))
    transposed = node.options["adj_y"]
    fields: Fields = {
        "depth": depth,
        "columns": columns,
        "column_stride": depth if transposed else 1,
        "depth_stride": 1 if transposed else columns,
        "a_zero_point": left.zero_point,
        "b_zero_point": right.zero_point,
        "multiplier": multiplier,
        "shift": shift,
        "out_zero_point": output.zero_point,
    }
    values = None if right.data is None else Constant(f"{name}_b", "int8_t", right.data)
    starts = Constant(f"{name}_starts", "int32_t", (matrices * depth * columns).astype(np.int32))
    operands = [
        Operand(node.inputs[0], window_of(f"{name}_a", rows, left.height)),
        Operand(node.inputs[1], Whole(height=right.height), constant=values, starts=starts),
    ]
    macs = output.height * depth * columns
    return Layer(name, node, "tm_matmul_row_s8", "tm_matmul", fields, operands, node.outputs[0], macs=macs)


OPERATOR = Operator(build, {"adj_x": (0, "bool", False), "adj_y": (1, "bool", False)})
