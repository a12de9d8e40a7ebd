"""Operators that only move values: PAD, PADV2, STRIDED_SLICE, RESIZE_NEAREST_NEIGHBOR, and views that are no views here."""

import math

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node, Tensor
from tinyml.compiler.ops.base import (
    Constant,
    Layer,
    Operand,
    Operator,
    Window,
    constant,
    expect_inputs,
    quantised,
    unsupported,
)
from tinyml.compiler.styles.recut import RECUT


def same_quantisation(graph: Graph, node: Node) -> tuple[Tensor, Tensor]:
    """Return input and output; raises ModelError where they differ in scale or zero point."""
    source = quantised(graph, node, node.inputs[0], "input")
    output = quantised(graph, node, node.outputs[0], "output")
    if source.scale != output.scale or source.zero_point != output.zero_point:
        raise unsupported(node, "its output has another scale or zero point than its input")
    return source, output


def gather(
    node: Node, name: str, source: Tensor, output: Tensor, window: Window, columns: list[int], **fields: int
) -> Layer:
    """Return a layer that copies input column columns[x] (negative: fill) to output column x."""
    fields = {"first_channel": 0, "channel_stride": 1, "fill": 0, **fields}
    fields |= {"in_channels": source.channels, "out_channels": output.channels}
    table = Constant(f"{name}_columns", "int16_t", np.array(columns, np.int16))
    return Layer(
        name,
        node,
        "tm_gather_row_s8",
        "tm_gather",
        {"columns": table, **fields},
        [Operand(node.inputs[0], window)],
        node.outputs[0],
    )


def pads_of(graph: Graph, node: Node) -> tuple[tuple[int, int, int, int], int]:
    """Return (top, bottom, left, right) and the value of a PAD or PADV2; raises ModelError for other axes."""
    expect_inputs(node, 2, 3)
    source, output = same_quantisation(graph, node)
    pads = constant(graph, node, node.inputs[1], "padding", ("int32", "int64"))
    if pads.shape != (4, 2) or pads[[0, 3]].any() or (pads < 0).any():
        raise unsupported(node, f"paddings {pads.tolist()}: only height and width can be padded")
    (top, bottom), (left, right) = pads[1].tolist(), pads[2].tolist()
    expected = (source.height + top + bottom, source.width + left + right, source.channels)
    if output.extents != expected:
        raise unsupported(node, f"output {list(output.shape)} does not follow from its paddings")
    value = output.zero_point
    if len(node.inputs) == 3 and node.inputs[2] != -1:
        value = int(constant(graph, node, node.inputs[2], "value", ("int8",)).reshape(-1)[0])
    return (top, bottom, left, right), value


def build_pad(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer of a PAD that no convolution has taken over."""
    (top, _, left, _), value = pads_of(graph, node)
    source, output = graph.tensors[node.inputs[0]], graph.tensors[node.outputs[0]]
    columns = [x - left if 0 <= x - left < source.width else -1 for x in range(output.width)]
    return gather(node, name, source, output, Window(pad=top), columns, fill=value)


def build_strided_slice(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer; begin, end and strides are constant, strides positive."""
    expect_inputs(node, 4, 4)
    source, output = same_quantisation(graph, node)
    begin, _end, strides = (
        constant(graph, node, index, what, ("int32",)).reshape(-1).tolist()
        for index, what in zip(node.inputs[1:], ("begin", "end", "strides"), strict=True)
    )
    if len(source.shape) != 4 or not len(begin) == len(strides) == 4 or len(output.shape) != 4:
        raise unsupported(node, "only slices of [1, height, width, channels] that keep 4 axes are supported")
    if any(node.options[mask] for mask in ("ellipsis_mask", "new_axis_mask", "shrink_axis_mask")):
        raise unsupported(node, "ellipsis, new and shrunk axes are not supported")
    if min(strides) < 1:
        raise unsupported(node, f"strides {strides}: only positive ones are supported")
    starts = []
    for axis, (start, size) in enumerate(zip(begin, source.shape, strict=True)):
        start = 0 if node.options["begin_mask"] >> axis & 1 else start + size * (start < 0)
        starts.append(start)
        if start < 0 or start + (output.shape[axis] - 1) * strides[axis] >= size:
            raise unsupported(node, f"the slice leaves the input {list(source.shape)}")
    columns = [starts[2] + x * strides[2] for x in range(output.width)]
    window = Window(stride=strides[1], pad=-starts[1])
    return gather(
        node, name, source, output, window, columns, first_channel=starts[3], channel_stride=strides[3]
    )


def build_resize(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer; height must grow by a whole factor, for each input row to serve whole output rows."""
    expect_inputs(node, 2, 2)
    source, output = same_quantisation(graph, node)
    if source.channels != output.channels:
        raise unsupported(node, f"it turns {source.channels} channels into {output.channels}")
    align, half_pixel = node.options["align_corners"], node.options["half_pixel_centers"]

    def nearest(out: int, in_size: int, out_size: int) -> int:
        """Return the input index of output index `out`, in the reference's float32."""
        aligned = align and out_size > 1
        scale = np.float32(in_size - 1 if aligned else in_size) / np.float32(
            out_size - 1 if aligned else out_size
        )
        position = float(np.float32(np.float32(out) + np.float32(0.5 if half_pixel else 0)) * scale)
        index = math.floor(position + 0.5) if align else math.floor(position)
        return max(0, min(index, in_size - 1))

    rows = [nearest(y, source.height, output.height) for y in range(output.height)]
    columns = [nearest(x, source.width, output.width) for x in range(output.width)]
    factor = max(1, output.height // source.height)
    if output.height % source.height or rows != [y // factor for y in range(output.height)]:
        raise unsupported(node, f"height {source.height} to {output.height} is no whole factor")
    return gather(node, name, source, output, Window(repeat=factor), columns)


def build_reshape(graph: Graph, node: Node, name: str) -> Layer:
    """Return a copy whose rows are cut elsewhere: for a RESHAPE that is no mere view of the rows."""
    source, output = same_quantisation(graph, node)
    if source.bytes != output.bytes:
        raise unsupported(node, f"it turns {list(source.shape)} into {list(output.shape)}")
    return Layer(name, node, "", "", {}, [Operand(node.inputs[0])], node.outputs[0], style=RECUT)


def build_transpose(graph: Graph, node: Node, name: str) -> Layer:
    """Return a copy for a TRANSPOSE that leaves every value in its place."""
    expect_inputs(node, 2, 2)
    source = graph.tensors[node.inputs[0]]
    order = constant(graph, node, node.inputs[1], "permutation", ("int32", "int64")).reshape(-1).tolist()
    if sorted(order) != list(range(len(source.shape))):
        raise unsupported(node, f"permutation {order} does not fit {list(source.shape)}")
    moved = [axis for axis in order if source.shape[axis] > 1]
    if moved != sorted(moved):
        raise unsupported(
            node,
            f"permutation {order} of {list(source.shape)} moves values, which is not supported",
            cure="export the model in NHWC order, so that it needs no transpose",
        )
    return build_reshape(graph, node, name)


def build_dequantize(graph: Graph, node: Node, name: str) -> Layer:
    """Raise ModelError: a DEQUANTIZE is dropped at the end of a graph and has no place elsewhere."""
    raise unsupported(
        node, "supported only where it makes the model's output", cure="export a full-integer int8 model"
    )


PAD = Operator(build_pad)
STRIDED_SLICE = Operator(
    build_strided_slice,
    {
        "begin_mask": (0, "int32", 0),
        "end_mask": (1, "int32", 0),
        "ellipsis_mask": (2, "int32", 0),
        "new_axis_mask": (3, "int32", 0),
        "shrink_axis_mask": (4, "int32", 0),
    },
)
RESIZE_NEAREST_NEIGHBOR = Operator(
    build_resize, {"align_corners": (0, "bool", False), "half_pixel_centers": (1, "bool", False)}
)
RESHAPE = Operator(build_reshape)
TRANSPOSE = Operator(build_transpose)
DEQUANTIZE = Operator(build_dequantize)
