"""CONCATENATION along the channels, or along the rows."""

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node
from tinyml.compiler.ops.base import Constant, Layer, Operand, Operator, Window, quantised, unsupported
from tinyml.compiler.styles.stack import STACK


def build(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer; all inputs have the output's scale and zero point."""
    output = quantised(graph, node, node.outputs[0], "output")
    sources = [quantised(graph, node, index, "input") for index in node.inputs if index != -1]
    if not sources or node.options["activation"]:
        raise unsupported(node, "it has no inputs, or a fused activation")
    for source in sources:
        if source.data is not None:
            raise unsupported(node, "one of its inputs is constant")
        if source.scale != output.scale or source.zero_point != output.zero_point:
            raise unsupported(node, "its inputs and its output differ in scale or zero point")
    rank = len(output.shape)
    axis = node.options["axis"] % rank - rank if rank else 0
    kept = {-1: slice(0, 2), -3: slice(1, 3)}.get(axis)
    sizes = [source.extents[axis] for source in sources] if kept else []
    if kept is None or sum(sizes) != output.extents[axis] or (axis == -3 and rank != 4):
        raise unsupported(node, f"axis {axis} is not supported, expected the channels or the height")
    if any(source.extents[kept] != output.extents[kept] for source in sources):
        raise unsupported(node, f"its inputs do not make {list(output.shape)}")
    if axis == -1:
        fields = {
            "channels": Constant(f"{name}_channels", "int16_t", np.array(sizes, np.int16)),
            "inputs": len(sources),
            "out_channels": output.channels,
        }
        operands = [Operand(index, columns=Window()) for index in node.inputs]
        return Layer(name, node, "tm_concat_row_s8", "tm_concat", fields, operands, node.outputs[0])
    starts = np.cumsum([0, *sizes[:-1]]).tolist()
    operands = [Operand(index, Window(pad=start)) for index, start in zip(node.inputs, starts, strict=True)]
    return Layer(name, node, "", "", {}, operands, node.outputs[0], style=STACK)


OPERATOR = Operator(build, {"axis": (0, "int32", 0), "activation": (1, "int8", 0)})
