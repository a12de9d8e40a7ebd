"""Operators that only move values.

Each says where its values come from by doing to an array of numbers what it does to the values: the numbers that come
out are the places of the values in the input. From them follow the kernel's tables, and whether rows can be moved as
they come or the whole input must lie there first.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node, Tensor
from tinyml.compiler.ops.base import (
    Constant,
    Layer,
    Listed,
    Operand,
    Operator,
    Whole,
    Window,
    constant,
    expect_inputs,
    moving,
    unsupported,
)
from tinyml.compiler.styles.recut import RECUT

FILL = -1  # in place of a value's number


def same_quantization(graph: Graph, node: Node) -> tuple[Tensor, Tensor]:
    """Return input and output; raises ModelError where they differ in type, scale or zero point."""
    source, output = (moving(graph, node, index) for index in (node.inputs[0], node.outputs[0]))
    if source.dtype != output.dtype:
        raise unsupported(node, f"it turns {source.dtype} into {output.dtype}")
    if (
        source.scales.tolist() != output.scales.tolist()
        or source.zero_points.tolist() != output.zero_points.tolist()
    ):
        raise unsupported(node, "its output has another scale or zero point than its input")
    if source.data is not None:
        raise unsupported(node, "its input is constant")
    return source, output


def moved(graph: Graph, node: Node, name: str, numbers: np.ndarray, fill: int = 0) -> Layer:
    """Return the layer that puts input value numbers[...] (FILL: `fill`) in each place of its output."""
    source, output = same_quantization(graph, node)
    if numbers.size != output.bytes or (len(output.shape) == numbers.ndim and output.shape != numbers.shape):
        raise unsupported(
            node, f"output {list(output.shape)} does not follow from its input {list(source.shape)}"
        )
    if numbers.size == source.bytes and np.array_equal(numbers.reshape(-1), np.arange(source.bytes)):
        return Layer(name, node, "", "", {}, [Operand(node.inputs[0])], node.outputs[0], style=RECUT)
    parts = separate(numbers.reshape(output.extents))
    if parts is None:
        raise unsupported(node, "it moves values in an order that rows, columns and channels do not make up")
    starts, columns, channels = parts
    row, within = starts // source.row_bytes, starts % source.row_bytes
    real = starts >= 0
    same = np.unique(within[real])
    farthest = int(columns.max(initial=0) + channels.max(initial=0))
    if len(same) == 1 and same[0] + farthest < source.row_bytes:
        columns = np.where(columns >= 0, columns + same[0], FILL)
        operand = Operand(node.inputs[0], window_of(name, np.where(real, row, FILL), source.height))
    else:
        offsets = Constant(f"{name}_starts", "int32_t", starts.astype(np.int32))
        operand = Operand(node.inputs[0], Whole(height=source.height), starts=offsets)
    fields = {"columns": Constant(f"{name}_columns", "int32_t", columns.astype(np.int32)), "fill": fill}
    steps = np.unique(np.diff(channels))
    if len(steps) <= 1 and channels[0] == 0:
        fields["channel_stride"] = int(steps[0]) if len(steps) else 1
    else:
        fields |= {
            "channel_stride": 0,
            "channels": Constant(f"{name}_channels", "int32_t", channels.astype(np.int32)),
        }
    fields["out_channels"] = output.channels
    return Layer(name, node, "tm_gather_row_s8", "tm_gather", fields, [operand], node.outputs[0])


def separate(places: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Return tables with places[y, x, c] = rows[y] + columns[x] + channels[c], none of them negative.

    A place is FILL where a table is. None where no such tables exist.
    """
    inside = places != FILL
    within = inside.any((1, 2)), inside.any((0, 2)), inside.any((0, 1))
    if not np.array_equal(inside, within[0][:, None, None] & within[1][None, :, None] & within[2]):
        return None
    if not inside.any():
        rows, columns, channels = (np.full(extent, FILL) for extent in places.shape)
        return rows, columns, channels
    huge = np.where(inside, places, np.iinfo(places.dtype).max)
    y, x = int(within[0].argmax()), int(within[1].argmax())
    rows = np.where(within[0], huge.min((1, 2)), FILL)
    columns = np.where(within[1], huge[y].min(1) - rows[y], FILL)
    channels = np.where(within[2], huge[y, x] - huge[y, x].min(), FILL)
    made = rows[:, None, None] + columns[None, :, None] + channels
    return (rows, columns, channels) if np.array_equal(np.where(inside, made, FILL), places) else None


def window_of(name: str, rows: np.ndarray, height: int) -> Window:
    """Return the plainest window that reads input row rows[y] for output row y (FILL: none)."""
    real = rows != FILL
    ys = np.flatnonzero(real)
    tries = [Window(stride=0, pad=-int(rows[ys[0]]))]
    if len(ys) > 1:
        stride = int(rows[ys[1]] - rows[ys[0]])
        tries.append(Window(stride=stride, pad=int(ys[0]) * stride - int(rows[ys[0]])))
        repeat = int((rows == rows[0]).sum())
        if real.all() and repeat < len(rows):
            tries.append(Window(stride=int(rows[repeat] - rows[0]), pad=-int(rows[0]), repeat=repeat))
    for window in tries:
        if window.stride < 0:
            continue
        read = np.array([window.first(y) for y in range(len(rows))])
        outside = (read < 0) | (read >= height)
        if np.array_equal(np.where(outside, FILL, read), rows):
            return window
    table = Constant(f"{name}_rows", "int16_t", rows.astype(np.int16))
    return Listed(rows=tuple(rows.tolist()), height=height, table=table)


# ---- where each operator takes its values from


def _constants(graph: Graph, node: Node, first: int, what: tuple[str, ...]) -> list[np.ndarray]:
    expect_inputs(node, first + len(what), first + len(what))
    return [
        constant(graph, node, index, name, ("int32", "int64")).astype(np.int64)
        for index, name in zip(node.inputs[first:], what, strict=True)
    ]


def _numbers(graph: Graph, node: Node) -> np.ndarray:
    shape = node.viewed_as or graph.tensors[node.inputs[0]].shape
    return np.arange(math.prod(shape), dtype=np.int64).reshape(shape)


def operator(
    places: Callable[[Graph, Node, np.ndarray], np.ndarray], **options: tuple[int, str, int | bool]
) -> Operator:
    """Return the operator whose values come from where `places` takes the input's numbers."""

    def build(graph: Graph, node: Node, name: str) -> Layer:
        same_quantization(graph, node)
        try:
            return moved(graph, node, name, places(graph, node, _numbers(graph, node)))
        except (ValueError, IndexError) as error:  # of numpy: shapes, axes or indices that do not fit
            raise unsupported(node, f"its constants do not fit its input: {error}") from error

    return Operator(build, dict(options))


def _expect_size(graph: Graph, node: Node, shape: Sequence[int]) -> None:
    """Raise ModelError unless so many values make the output: before anything of a damaged file's size is allocated."""
    output = graph.tensors[node.outputs[0]].shape
    if math.prod(shape) != math.prod(output):
        raise unsupported(node, f"it makes {list(shape)} of its input, but its output is {list(output)}")


def _padded_shape(numbers: np.ndarray, pads: np.ndarray) -> list[int]:
    return [size + sum(pair) for size, pair in zip(numbers.shape, pads.tolist(), strict=True)]


def _reshape(graph: Graph, node: Node, numbers: np.ndarray) -> np.ndarray:
    return numbers.reshape(graph.tensors[node.outputs[0]].shape)


def _transpose(graph: Graph, node: Node, numbers: np.ndarray) -> np.ndarray:
    (order,) = _constants(graph, node, 1, ("permutation",))
    return numbers.transpose(order.reshape(-1))


def _slice(graph: Graph, node: Node, numbers: np.ndarray) -> np.ndarray:
    begin, size = (values.reshape(-1).tolist() for values in _constants(graph, node, 1, ("begin", "size")))
    extents = zip(begin, size, numbers.shape, strict=True)
    return numbers[tuple(slice(at, extent if count < 0 else at + count) for at, count, extent in extents)]


def _strided_slice(graph: Graph, node: Node, numbers: np.ndarray) -> np.ndarray:
    begin, end, strides = (
        values.reshape(-1).tolist() for values in _constants(graph, node, 1, ("begin", "end", "strides"))
    )

    def masked(which: str, axis: int) -> bool:
        return bool(node.options[f"{which}_mask"] >> axis & 1)

    if any(stride == 0 for stride in strides):
        raise unsupported(node, f"strides {strides}")
    index: list[Any] = []
    for axis, (first, last, stride) in enumerate(zip(begin, end, strides, strict=True)):
        if masked("ellipsis", axis):
            index.append(Ellipsis)
        elif masked("new_axis", axis):
            index.append(None)
        elif masked("shrink_axis", axis):
            index.append(first)
        else:
            bounds = None if masked("begin", axis) else first, None if masked("end", axis) else last
            index.append(slice(*bounds, stride))
    return numbers[tuple(index)]


def _gather(graph: Graph, node: Node, numbers: np.ndarray) -> np.ndarray:
    (indices,) = _constants(graph, node, 1, ("indices",))
    axis, batches = node.options["axis"], node.options["batch_dims"]
    if not batches:
        return numbers.take(indices, axis=axis)
    axis += numbers.ndim if axis < 0 else 0
    if not 0 < batches <= axis < numbers.ndim or indices.shape[:batches] != numbers.shape[:batches]:
        raise unsupported(
            node, f"{batches} batch axes do not fit {list(numbers.shape)} and {list(indices.shape)}"
        )
    each = zip(
        numbers.reshape(-1, *numbers.shape[batches:]),
        indices.reshape(-1, *indices.shape[batches:]),
        strict=True,
    )
    made = np.stack([values.take(chosen, axis=axis - batches) for values, chosen in each])
    return made.reshape(*numbers.shape[:batches], *made.shape[1:])


def _gather_nd(graph: Graph, node: Node, numbers: np.ndarray) -> np.ndarray:
    (indices,) = _constants(graph, node, 1, ("indices",))
    return numbers[tuple(np.moveaxis(indices, -1, 0))]


def _reverse(graph: Graph, node: Node, numbers: np.ndarray) -> np.ndarray:
    (axes,) = _constants(graph, node, 1, ("axes",))
    return np.flip(numbers, tuple(axes.reshape(-1).tolist()))


def _tile(graph: Graph, node: Node, numbers: np.ndarray) -> np.ndarray:
    (times,) = _constants(graph, node, 1, ("multiples",))
    factors = times.reshape(-1).tolist()
    _expect_size(graph, node, [size * factor for size, factor in zip(numbers.shape, factors, strict=True)])
    return np.tile(numbers, tuple(factors))


def _broadcast(graph: Graph, node: Node, numbers: np.ndarray) -> np.ndarray:
    return np.broadcast_to(numbers, graph.tensors[node.outputs[0]].shape)


def _mirror_pad(graph: Graph, node: Node, numbers: np.ndarray) -> np.ndarray:
    (pads,) = _constants(graph, node, 1, ("paddings",))
    _expect_size(graph, node, _padded_shape(numbers, pads))
    mode = "symmetric" if node.options["mode"] else "reflect"
    return np.pad(numbers, [tuple(pair) for pair in pads.tolist()], mode=mode)  # type: ignore[call-overload]


def _space_to_depth(graph: Graph, node: Node, numbers: np.ndarray) -> np.ndarray:
    batch, height, width, channels = numbers.shape
    size = node.options["block_size"]
    blocks = numbers.reshape(batch, height // size, size, width // size, size, channels)
    return blocks.transpose(0, 1, 3, 2, 4, 5).reshape(batch, height // size, width // size, -1)


def _depth_to_space(graph: Graph, node: Node, numbers: np.ndarray) -> np.ndarray:
    batch, height, width, channels = numbers.shape
    size = node.options["block_size"]
    blocks = numbers.reshape(batch, height, width, size, size, channels // size**2)
    return blocks.transpose(0, 1, 3, 2, 4, 5).reshape(batch, height * size, width * size, -1)


def _space_to_batch(graph: Graph, node: Node, numbers: np.ndarray) -> np.ndarray:
    block, pads = _constants(graph, node, 1, ("block shape", "paddings"))
    around = [(0, 0), *pads.tolist(), *[(0, 0)] * (numbers.ndim - 1 - len(block))]
    padded = np.pad(numbers, around, constant_values=FILL)
    batch, inner = padded.shape[0], padded.shape[1 + len(block) :]
    outer = [size // step for size, step in zip(padded.shape[1:], block.tolist(), strict=False)]
    split = padded.reshape(batch, *np.stack([outer, block], 1).reshape(-1).tolist(), *inner)
    spatial = range(len(block))
    order = [*(2 + 2 * axis for axis in spatial), 0, *(1 + 2 * axis for axis in spatial)]
    return split.transpose(*order, *range(len(order), split.ndim)).reshape(-1, *outer, *inner)


def _batch_to_space(graph: Graph, node: Node, numbers: np.ndarray) -> np.ndarray:
    block, crops = _constants(graph, node, 1, ("block shape", "crops"))
    spatial = range(len(block))
    extents, inner = numbers.shape[1 : 1 + len(block)], numbers.shape[1 + len(block) :]
    split = numbers.reshape(*block.tolist(), -1, *extents, *inner)
    order = [len(block)]
    for axis in spatial:
        order += [len(block) + 1 + axis, axis]
    whole = split.transpose(*order, *range(len(order), split.ndim))
    whole = whole.reshape(
        -1, *(size * step for size, step in zip(extents, block.tolist(), strict=True)), *inner
    )
    kept = [
        slice(before, size - after)
        for (before, after), size in zip(crops.tolist(), whole.shape[1:], strict=False)
    ]
    return whole[(slice(None), *kept)]


def _resize(graph: Graph, node: Node, numbers: np.ndarray) -> np.ndarray:
    expect_inputs(node, 2, 2)
    height, width = graph.tensors[node.outputs[0]].shape[1:3]
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

    rows = [nearest(y, numbers.shape[1], height) for y in range(height)]
    columns = [nearest(x, numbers.shape[2], width) for x in range(width)]
    return numbers[:, rows][:, :, columns]


# ---- padding, which convolutions take over where they can


def pads_of(graph: Graph, node: Node) -> tuple[np.ndarray, int]:
    """Return [axes, 2] of a PAD or PADV2, and the value of the padding."""
    expect_inputs(node, 2, 3)
    _, output = same_quantization(graph, node)
    pads = constant(graph, node, node.inputs[1], "padding", ("int32", "int64"))
    if pads.shape != (len(output.shape), 2) or (pads < 0).any():
        raise unsupported(node, f"paddings {pads.tolist()} do not fit {len(output.shape)} axes")
    value = output.zero_point if len(output.scales) else 0
    if len(node.inputs) == 3 and node.inputs[2] != -1:
        value = int(constant(graph, node, node.inputs[2], "value", ("int8",)).reshape(-1)[0])
    return pads, value


def build_pad(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer of a PAD that no convolution has taken over."""
    pads, value = pads_of(graph, node)
    numbers = _numbers(graph, node)
    _expect_size(graph, node, _padded_shape(numbers, pads))
    return moved(graph, node, name, np.pad(numbers, pads.tolist(), constant_values=FILL), value)


def build_dequantize(graph: Graph, node: Node, name: str) -> Layer:
    """Raise ModelError: a DEQUANTIZE is dropped at the end of a graph and has no place elsewhere."""
    raise unsupported(
        node, "supported only where it makes the model's output", cure="export a full-integer int8 model"
    )


PAD = Operator(build_pad)
DEQUANTIZE = Operator(build_dequantize)
MASKS = {
    f"{which}_mask": (slot, "int32", 0)
    for slot, which in enumerate(("begin", "end", "ellipsis", "new_axis", "shrink_axis"))
}
BATCH_TO_SPACE_ND = operator(_batch_to_space)
BROADCAST_TO = operator(_broadcast)
DEPTH_TO_SPACE = operator(_depth_to_space, block_size=(0, "int32", 0))
GATHER = operator(_gather, axis=(0, "int32", 0), batch_dims=(1, "int32", 0))
GATHER_ND = operator(_gather_nd)
MIRROR_PAD = operator(_mirror_pad, mode=(0, "int8", 0))
RESHAPE = operator(_reshape)
RESIZE_NEAREST_NEIGHBOR = operator(
    _resize, align_corners=(0, "bool", False), half_pixel_centers=(1, "bool", False)
)
REVERSE_V2 = operator(_reverse)
SLICE = operator(_slice)
SPACE_TO_BATCH_ND = operator(_space_to_batch)
SPACE_TO_DEPTH = operator(_space_to_depth, block_size=(0, "int32", 0))
STRIDED_SLICE = operator(_strided_slice, **MASKS)
TILE = operator(_tile)
TRANSPOSE = operator(_transpose)
