"""RESIZE_BILINEAR: between four input values, in units of 1/1024 along each axis, as TensorFlow Lite's integers do it."""

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node
from tinyml.compiler.ops.base import (
    Constant,
    Layer,
    Operand,
    Operator,
    Window,
    expect_inputs,
    pictures_of,
    quantized,
    unsupported,
)
from tinyml.compiler.ops.copies import window_of

ONE = 1 << 10
DIGIT = 128  # a fraction of a row is two int8 digits: rows of a constant operand


def build(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer; it reads two rows of its input, and as a third one the fraction between them."""
    expect_inputs(node, 2, 2)
    source = quantized(graph, node, node.inputs[0], "input")
    output = quantized(graph, node, node.outputs[0], "output")
    pictures = pictures_of(node, source.shape, output.shape)
    if source.channels != output.channels:
        raise unsupported(node, f"it turns {list(source.shape)} into {list(output.shape)}")
    if source.scale != output.scale or source.zero_point != output.zero_point:
        raise unsupported(node, "its output has another scale or zero point than its input")
    align, half_pixel = node.options["align_corners"], node.options["half_pixel_centers"]
    if align and half_pixel:
        raise unsupported(node, "it aligns corners and takes half-pixel centres at once")
    height = source.shape[1]
    upper, lower, down = _between(height, output.shape[1], align, half_pixel)
    left, right, across = _between(source.width, output.width, align, half_pixel)
    if max(upper.max(), left.max()) >= max(height, source.width) or upper.max() >= height:
        raise unsupported(node, "its output is so large that it reads beside its input")
    above = np.repeat(np.arange(pictures) * height, len(down))  # rows of the pictures before
    upper, lower, down = (
        np.tile(upper, pictures) + above,
        np.tile(lower, pictures) + above,
        np.tile(down, pictures),
    )
    digits = np.stack([down // DIGIT, down % DIGIT], 1).astype(np.int8)
    fractions = graph.add_constant(f"fractions of node {node.number}", digits.reshape(1, -1, 1, 2))
    fields = {
        "left": Constant(f"{name}_left", "int16_t", left.astype(np.int16)),
        "right": Constant(f"{name}_right", "int16_t", right.astype(np.int16)),
        "fraction": Constant(f"{name}_fraction", "int16_t", across.astype(np.int16)),
        "channels": output.channels,
    }
    operands = [
        Operand(node.inputs[0], window_of(f"{name}_upper", upper, source.height)),
        Operand(node.inputs[0], window_of(f"{name}_lower", lower, source.height)),
        Operand(fractions, Window(), constant=Constant(f"{name}_down", "int8_t", digits)),
    ]
    return Layer(
        name, node, "tm_resize_bilinear_row_s8", "tm_resize_bilinear", fields, operands, node.outputs[0]
    )


def _between(
    size: int, made: int, align: bool, half_pixel: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each output position the input's on both sides, and the distance from the first one in 1/1024."""
    aligned = align and made > 1
    wanted, steps = (size - 1, made - 1) if aligned else (size, made)
    scale = (ONE * wanted + steps // 2) // steps
    at = np.arange(made) * scale + (scale // 2 - ONE // 2 if half_pixel else 0)
    first = np.maximum(np.trunc(at / ONE).astype(np.int64), 0)
    second = np.minimum(np.trunc((at + ONE - 1) / ONE).astype(np.int64), size - 1)
    return first, second, at - ONE * first


OPERATOR = Operator(build, {"align_corners": (2, "bool", False), "half_pixel_centers": (3, "bool", False)})
