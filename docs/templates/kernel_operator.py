"""A template for an operator with a kernel of its own: copy it to tinyml/compiler/ops/<name>.py.

It is the operator ABS, written as if it were new and computed row by row; a test compiles it in the place of the real one. With
it come kernel.c, to be copied to firmware/lib/tinyml_kernels/src/reference/<name>_row_s8.c; kernel.h, whose lines go into
tm_operators.h; the line `"ABS": <name>.OPERATOR,` in the table in ops/__init__.py; and a case in tests/cases/<name>.toml.
"""

from tinyml.compiler.frontend.graph import Graph, Node
from tinyml.compiler.ops.base import Layer, Operand, Operator, Window, expect_inputs, quantized, unsupported


def build(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer; raises ModelError that says what is not supported."""
    expect_inputs(node, 1, 1)
    source = quantized(graph, node, node.inputs[0], "input")
    output = quantized(graph, node, node.outputs[0], "output")
    if source.shape != output.shape or source.scale != output.scale:
        raise unsupported(node, "its output has another shape or scale than its input")
    fields = {
        "channels": source.channels,
        "in_zero_point": source.zero_point,
        "out_zero_point": output.zero_point,
    }
    operands = [
        Operand(node.inputs[0], columns=Window())
    ]  # output row r reads input row r, and so do columns
    return Layer(name, node, "tm_absolute_row_s8", "tm_absolute", fields, operands, node.outputs[0])


# Options by name: slot in the schema's options table, type, default; ABS has none.
OPERATOR = Operator(build)
