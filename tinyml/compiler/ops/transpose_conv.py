"""TRANSPOSE_CONV: a convolution over an input with gaps between its rows and columns.

Output row r reads input row (r + pad - ky) / stride under kernel row ky, where that divides without remainder.
"""

from dataclasses import dataclass, replace

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node
from tinyml.compiler.ops.base import (
    SAME,
    VALID,
    Constant,
    Layer,
    Operand,
    Operator,
    Window,
    expect_inputs,
    in_each,
    output_extent,
    padding_before,
    pictures_of,
    unsupported,
)
from tinyml.compiler.ops.weights import filter_tensor, requantized

LARGEST = 4096  # extent of a kernel, and stride


@dataclass(frozen=True)
class Gaps(Window):
    """Row (r + pad - k) / stride for k in 0 .. kernel - 1; none where that has a remainder."""

    def first(self, row: int) -> int:
        """Return the topmost input row of output row `row` or a later one; may lie outside."""
        return -(-(row + self.pad - self.kernel + 1) // self.stride)

    def last(self, row: int) -> int:
        """Return the bottommost input row; may lie outside."""
        return (row + self.pad) // self.stride

    def taps(self, rows: int, height: int) -> int:
        """Return how many kernel rows of all `rows` output rows meet one of `height` input rows."""
        at = self.pad - np.arange(self.kernel)  # what output row 0 reads, times the stride
        first, last = -(-at // self.stride), (at + rows - 1) // self.stride
        return int(np.maximum(np.minimum(last, height - 1) - np.maximum(first, 0) + 1, 0).sum())

    def text(self, tap: str = "0") -> str:
        """Return the C expression of the input row under kernel row `tap`, -1 where there is none."""
        at = f"row + {self.pad} - {tap}"
        return f"({at}) % {self.stride} == 0 ? ({at}) / {self.stride} : -1"

    def last_text(self) -> str:
        """Return the bottommost input row."""
        return f"(row + {self.pad}) / {self.stride}"


def build(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer; inputs are output shape, filters [out_channels, height, width, in_channels], map, bias."""
    expect_inputs(node, 3, 4)
    node = replace(node, inputs=[node.inputs[2], node.inputs[1], *node.inputs[3:]])
    source, output = graph.tensors[node.inputs[0]], graph.tensors[node.outputs[0]]
    filters, padding = filter_tensor(graph, node), node.options["padding"]
    pictures = pictures_of(node, source.shape, output.shape)
    if len(filters.shape) != 4 or filters.shape[0] != output.channels or filters.shape[3] != source.channels:
        raise unsupported(
            node, f"filters {list(filters.shape)} do not fit {source.channels} to {output.channels} channels"
        )
    kernel, strides = filters.shape[1:3], (node.options["stride_h"], node.options["stride_w"])
    if min(*kernel, *strides) < 1 or max(*kernel, *strides) > LARGEST or padding not in (SAME, VALID):
        raise unsupported(node, f"kernel {list(kernel)}, strides {list(strides)} and padding {padding}")
    if node.options["activation"]:
        raise unsupported(node, "it has a fused activation")
    pads = []
    extents = list(zip(output.shape[1:3], source.shape[1:3], strict=True))
    for (size, own), extent, stride in zip(extents, kernel, strides, strict=True):
        small = output_extent(size, extent, stride, 1, padding)
        if small != own:
            raise unsupported(
                node, f"output {list(output.shape)} does not follow from its input {list(source.shape)}"
            )
        pads.append(padding_before(size, small, extent, stride, 1, padding))
    rows, columns = (
        Gaps(stride, extent, 1, pad) for stride, extent, pad in zip(strides, kernel, pads, strict=True)
    )
    assert filters.data is not None
    fields = requantized(graph, node, name, filters.data.reshape(output.channels, -1), fold=False)
    del fields["pad"]
    fields |= {
        "weights": Constant(f"{name}_weights", "int8_t", filters.data),
        "in_zero_point": source.zero_point,
        "in_width": source.width,
        "in_channels": source.channels,
        "out_channels": output.channels,
        "kernel_height": kernel[0],
        "kernel_width": kernel[1],
        "stride": columns.stride,
        "pad_left": columns.pad,
    }
    taps = [gaps.taps(*pair) for gaps, pair in zip((rows, columns), extents, strict=True)]
    return Layer(
        name,
        node,
        "tm_transpose_conv_row_s8",
        "tm_transpose_conv",
        fields,
        [Operand(node.inputs[0], in_each(rows, pictures, source.shape[1], output.shape[1]))],
        node.outputs[0],
        macs=pictures * taps[0] * taps[1] * source.channels * output.channels,
    )


OPERATOR = Operator(
    build,
    {
        "padding": (0, "int8", 0),
        "stride_w": (1, "int32", 0),
        "stride_h": (2, "int32", 0),
        "activation": (3, "int8", 0),
    },
)
