"""Operands of several shapes: which row of each an output row reads, and the strides along it.

The pass `align_broadcasts` has brought the operands into a form in which rows, columns and channels are repeated each
for themselves, and has left the row of each operand for each output row in the node's options as `rows`.
"""

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node, Tensor
from tinyml.compiler.ops.base import Constant, Fields, Operand, Window, unsupported
from tinyml.compiler.ops.copies import window_of


def operands_of(
    graph: Graph, node: Node, name: str, output: Tensor, letters: str
) -> tuple[list[Operand], Fields]:
    """Return the operands, and `<letter>_pixel_stride` and `<letter>_channel_stride` of each.

    Raises ModelError where an operand's shape cannot be repeated to that of the output.
    """
    operands: list[Operand] = []
    strides: Fields = {}
    shapes = [list(graph.tensors[index].shape) for index in node.inputs]
    if "rows" not in node.options:
        listed = " and ".join(map(str, shapes))
        raise unsupported(node, f"inputs {listed} cannot be broadcast to {list(output.shape)}")
    for letter, index, rows in zip(letters, node.inputs, node.options["rows"], strict=True):
        tensor = graph.tensors[index]
        values = None if tensor.data is None else Constant(f"{name}_{letter}", "int8_t", tensor.data)
        columns = Window() if tensor.width == output.width else None
        window = _window(f"{name}_{letter}", rows, tensor.height)
        operands.append(Operand(index, window, columns, values))
        strides |= {
            f"{letter}_pixel_stride": tensor.channels if tensor.width > 1 else 0,
            f"{letter}_channel_stride": 1 if tensor.channels > 1 else 0,
        }
    return operands, strides


def _window(name: str, rows: np.ndarray, height: int) -> Window:
    if np.array_equal(rows, np.arange(len(rows))):
        return Window()
    return window_of(name, rows, height) if rows.any() else Window(stride=0)
