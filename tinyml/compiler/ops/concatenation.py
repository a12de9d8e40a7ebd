"""CONCATENATION along the channels, or along the rows; PACK and other axes are made one of these before."""

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node
from tinyml.compiler.ops.base import Constant, Layer, Operand, Operator, Window, moving, unsupported
from tinyml.compiler.styles.stack import STACK


def build(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer; all inputs have the output's scale and zero point."""
    output = moving(graph, node, node.outputs[0])
    sources = [moving(graph, node, index) for index in node.inputs if index != -1]
    if not sources or node.options.get("activation"):
        raise unsupported(node, "it has no inputs, or a fused activation")
    for source in sources:
        same = source.scales.tolist() == output.scales.tolist()
        if not same or source.zero_points.tolist() != output.zero_points.tolist():
            raise unsupported(node, "its inputs and its output differ in scale or zero point")
    rank = len(output.shape)
    axis = node.options["axis"] % rank - rank if rank else 0
    if axis == -1 and all(source.extents[:2] == output.extents[:2] for source in sources):
        sizes = [source.channels for source in sources]
    else:
        sizes = [source.height for source in sources]
        axis = 0 if all(source.extents[1:] == output.extents[1:] for source in sources) else -2
    if axis == -2 or sum(sizes) != output.extents[2 if axis else 0]:
        raise unsupported(node, f"its inputs do not make {list(output.shape)}")
    if axis == -1:
        fields = {
            "channels": Constant(f"{name}_channels", "int16_t", np.array(sizes, np.int16)),
            "inputs": len(sources),
            "out_channels": output.channels,
        }
        operands = []
        for number, (index, source) in enumerate(zip(node.inputs, sources, strict=True)):
            values = None if source.data is None else Constant(f"{name}_{number}", "int8_t", source.data)
            operands.append(Operand(index, columns=Window(), constant=values))
        return Layer(name, node, "tm_concat_row_s8", "tm_concat", fields, operands, node.outputs[0])
    if any(source.data is not None for source in sources):
        raise unsupported(node, "one of its inputs is constant")
    starts = np.cumsum([0, *sizes[:-1]]).tolist()
    operands = [Operand(index, Window(pad=start)) for index, start in zip(node.inputs, starts, strict=True)]
    return Layer(name, node, "", "", {}, operands, node.outputs[0], style=STACK)


OPERATOR = Operator(build, {"axis": (0, "int32", 0), "activation": (1, "int8", 0)})
PACK = Operator(build, {"axis": (1, "int32", 0)})
