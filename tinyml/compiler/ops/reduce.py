"""MEAN, SUM, REDUCE_MAX and the others, taken together as the rows come.

The pass `arrange_axes` has brought the input into the form [1, height, width, channels] and says in the node's options
which of the three are `reduced`. Channels that are reduced are columns of a row of single values.
"""

from tinyml.compiler.frontend.graph import Graph, Node, Tensor
from tinyml.compiler.ops.base import (
    Constant,
    Layer,
    Operand,
    Operator,
    Window,
    constant,
    expect_inputs,
    moving,
    quantized,
    unsupported,
)
from tinyml.compiler.quantize import quantize_multiplier
from tinyml.compiler.styles.sums import Sums

OPTIONS = {"keep_dims": (0, "bool", False)}
LARGEST_WIDTH = 2**15 - 1


def windows_of(graph: Graph, node: Node, source: Tensor) -> tuple[int, dict[str, int | Constant | None]]:
    """Return how many rows become one, and the fields of the columns; raises ModelError."""
    expect_inputs(node, 2, 2)
    constant(graph, node, node.inputs[1], "axes", ("int32", "int64"))
    if "reduced" not in node.options:
        shapes = [list(graph.tensors[index].shape) for index in (node.inputs[0], node.outputs[0])]
        raise unsupported(node, f"its axes do not make {shapes[1]} of {shapes[0]}")
    of_rows, of_columns, of_channels = node.options["reduced"]
    width, channels = source.width, source.channels
    if of_channels:
        width, channels = width * channels, 1
    if width > LARGEST_WIDTH:
        raise unsupported(node, f"a row has {width:,} values, at most {LARGEST_WIDTH:,} are supported")
    taken = source.channels if of_channels and not of_columns else width if of_columns else 1
    fields: dict[str, int | Constant | None] = {
        "in_width": width,
        "channels": channels,
        "out_width": width // taken,
        "kernel_width": taken,
        "stride": taken,
    }
    return source.height if of_rows else 1, fields


def build_average(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer of a MEAN or SUM."""
    source = quantized(graph, node, node.inputs[0], "input")
    output = quantized(graph, node, node.outputs[0], "output")
    rows, fields = windows_of(graph, node, source)
    count = rows * int(fields["kernel_width"])  # type: ignore[arg-type]
    multiplier, shift = quantize_multiplier(float(source.scale) / float(output.scale))
    if node.op == "MEAN":
        up = min(count.bit_length() - 1, 32, 31 + shift)
        multiplier, shift = (multiplier << up) // count, shift - up
    fields |= {
        "multiplier": multiplier,
        "shift": shift,
        "in_zero_sum": source.zero_point * count,
        "kernel_height": rows,
        "pad_left": 0,
        "out_zero_point": output.zero_point,
        "out_min": -128,
        "out_max": 127,
    }
    style = Sums(4 * output.row_bytes, rows, rows)
    operands = [Operand(node.inputs[0], Window(stride=rows, kernel=rows))]
    return Layer(name, node, "tm_average", "tm_average", fields, operands, node.outputs[0], style=style)


def extreme(*, largest: bool) -> Operator:
    """Return the operator of the largest or smallest byte; of bools that is any or all of them."""

    def build(graph: Graph, node: Node, name: str) -> Layer:
        source, output = (moving(graph, node, index) for index in (node.inputs[0], node.outputs[0]))
        if source.dtype != output.dtype or source.scales.tolist() != output.scales.tolist():
            raise unsupported(node, "its output has another type or scale than its input")
        rows, fields = windows_of(graph, node, source)
        fields["largest"] = int(largest)
        style = Sums(output.row_bytes, rows, rows, "tm_extreme", start=-128 if largest else 127)
        operands = [Operand(node.inputs[0], Window(stride=rows, kernel=rows))]
        return Layer(name, node, "tm_extreme", "tm_extreme", fields, operands, node.outputs[0], style=style)

    return Operator(build, OPTIONS)


MEAN = Operator(build_average, OPTIONS)
SUM = Operator(build_average, OPTIONS)
REDUCE_MAX = REDUCE_ANY = extreme(largest=True)
REDUCE_MIN = REDUCE_ALL = extreme(largest=False)
