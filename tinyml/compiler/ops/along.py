"""Along one axis: ARG_MAX and ARG_MIN, CUMSUM. ADD_N, whose sums are those of CUMSUM, is here too.

The pass `arrange_axes` has brought the axis to the channels of ARG_MAX and ARG_MIN, and to the columns of CUMSUM.
"""

from tinyml.compiler.frontend.graph import Graph, Node, Tensor
from tinyml.compiler.ops.base import (
    Fields,
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

SUM_HEADROOM = 1 << 20
LARGEST_COUNT = 15  # of inputs of ADD_N, zero point included: their sum has 32 bits


def _arranged(graph: Graph, node: Node) -> Tensor:
    """Return the input; raises ModelError where the axis is not one of its axes."""
    expect_inputs(node, 2, 2)
    source = quantized(graph, node, node.inputs[0], "input")
    axis = constant(graph, node, node.inputs[1], "axis", ("int32", "int64"))
    if "arranged" not in node.options:
        raise unsupported(node, f"its input {list(source.shape)} has no axis {axis.reshape(-1).tolist()}")
    return source


def arg(*, largest: bool) -> Operator:
    """Return the operator that gives where the first largest or smallest byte is, as int32."""

    def build(graph: Graph, node: Node, name: str) -> Layer:
        source = _arranged(graph, node)
        output = graph.tensors[node.outputs[0]]
        if output.dtype != "int32":
            raise unsupported(node, f"its output is {output.dtype}, expected int32")
        if output.extents != (source.height, source.width, 1):
            raise unsupported(node, f"it turns {list(source.shape)} into {list(output.shape)}")
        fields = {"channels": source.channels, "largest": int(largest)}
        operands = [Operand(node.inputs[0], columns=Window())]
        return Layer(name, node, "tm_arg_row_s8", "tm_arg", fields, operands, node.outputs[0])

    return Operator(build)


def _sums(source: Tensor, output: Tensor, node: Node) -> Fields:
    """Return the fields of sums of values that have the source's scale, halved so that nothing overflows."""
    common = 2 * float(source.scale)
    multiplier, shift = quantize_multiplier(common / (SUM_HEADROOM * float(output.scale)))
    if shift > 0:
        raise unsupported(node, "its output's scale is too small beside its input's")
    return {
        "multiplier": multiplier,
        "shift": shift,
        "in_zero_point": source.zero_point,
        "out_zero_point": output.zero_point,
        "channels": output.channels,
    }


def build_cumsum(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer of a CUMSUM: each row by itself."""
    source = _arranged(graph, node)
    output = quantized(graph, node, node.outputs[0], "output")
    if source.extents != output.extents:
        raise unsupported(node, f"it turns {list(source.shape)} into {list(output.shape)}")
    fields = _sums(source, output, node) | {
        "width": source.width,
        "exclusive": int(node.options["exclusive"]),
        "reverse": int(node.options["reverse"]),
    }
    return Layer(
        name, node, "tm_cumsum_row_s8", "tm_cumsum", fields, [Operand(node.inputs[0])], node.outputs[0]
    )


def build_add_n(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer of an ADD_N: its inputs have one shape and one scale."""
    expect_inputs(node, 2, LARGEST_COUNT)
    sources = [quantized(graph, node, index, "input") for index in node.inputs]
    output = quantized(graph, node, node.outputs[0], "output")
    for source in sources:
        if source.scale != sources[0].scale or source.zero_point != sources[0].zero_point:
            raise unsupported(node, "its inputs differ in scale or zero point")
        if source.extents != output.extents or source.data is not None:
            raise unsupported(node, "its inputs differ in shape, or one of them is constant")
    fields = _sums(sources[0], output, node) | {"inputs": len(sources)}
    operands = [Operand(index, columns=Window()) for index in node.inputs]
    return Layer(name, node, "tm_add_n_row_s8", "tm_add_n", fields, operands, node.outputs[0])


ARG_MAX, ARG_MIN = arg(largest=True), arg(largest=False)
CUMSUM = Operator(build_cumsum, {"exclusive": (0, "bool", False), "reverse": (1, "bool", False)})
ADD_N = Operator(build_add_n)
