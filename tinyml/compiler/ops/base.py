"""An operator as the compiler sees it: how it is checked, which input rows it needs, and the kernel that computes it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node, Tensor
from tinyml.compiler.styles.base import Style
from tinyml.compiler.styles.kernel import KERNEL
from tinyml.errors import ModelError

SAME, VALID = 0, 1
COPIED = "heap"  # the place of constants that a program copies when it starts: no section can lie there
ACTIVATIONS: dict[
    int, tuple[float | None, float | None]
] = {  # the schema's number -> least and largest real value
    0: (None, None),
    1: (0.0, None),
    2: (-1.0, 1.0),
    3: (0.0, 6.0),
}


def unsupported(node: Node, what: str, *, cure: str = "") -> ModelError:
    """Return the error for an option or a shape that the operator does not handle."""
    return ModelError(
        f"{node}: {what}",
        cure=cure or "export the model without it, or extend tinyml: docs/adding-an-operator.md",
    )


# Designated initializers of a layer's description: numbers, lists of them, or Constants.
Fields = dict[str, Any]


@dataclass(frozen=True)
class Constant:
    """An array in read-only memory: C type, values (any shape, written flat) and what it is for."""

    name: str
    ctype: str
    values: np.ndarray

    @property
    def bytes(self) -> int:
        """Bytes that the array takes."""
        return int(self.values.size) * {"int8_t": 1, "int16_t": 2, "int32_t": 4}[self.ctype]


@dataclass(frozen=True)
class Window:
    """The input rows of output row r: r // repeat * stride - pad + k * dilation for k in 0 .. kernel - 1.

    Rows outside the picture are padding. Along a row it says the same of columns.
    """

    stride: int = 1
    kernel: int = 1
    dilation: int = 1
    pad: int = 0
    repeat: int = 1  # output rows that one input row serves

    def first(self, row: int) -> int:
        """Return the topmost input row of output row `row`; may lie outside."""
        return row // self.repeat * self.stride - self.pad

    def last(self, row: int) -> int:
        """Return the bottommost input row of output row `row`; may lie outside."""
        return self.first(row) + (self.kernel - 1) * self.dilation

    def reads(self, row: int) -> Sequence[int]:
        """Return the input rows of output row `row`; some may lie outside."""
        return range(self.first(row), self.last(row) + 1, self.dilation)

    def inside(self, made: int, height: int) -> bool:
        """Return whether all windows of `made` output rows lie within `height` input rows."""
        return self.first(0) >= 0 and self.last(made - 1) < height

    def text(self, tap: str = "0") -> str:
        """Return the C expression of the input row of output row `row` at an offset of `tap` rows."""
        if self.stride == 0:
            text = "0"
        else:
            text = "row" if self.repeat == 1 else f"row / {self.repeat}"
            text += f" * {self.stride}" if self.stride != 1 else ""
        if tap.isdigit():
            rest = int(tap) - self.pad
            return text if rest == 0 else f"{text} {'+' if rest > 0 else '-'} {abs(rest)}"
        if self.pad:
            text += f" {'-' if self.pad > 0 else '+'} {abs(self.pad)}"
        return f"{text} + {tap}"

    def last_text(self) -> str:
        """Return the C expression of the bottommost input row of output row `row`."""
        return self.text(str((self.kernel - 1) * self.dilation))


@dataclass(frozen=True)
class Listed(Window):
    """One input row for each output row, from a list; a negative one is padding."""

    rows: tuple[int, ...] = ()
    height: int = 1  # of the input
    table: Constant | None = None  # the rows, in C

    def first(self, row: int) -> int:
        """Return the topmost row that this or a later output row reads."""
        return min((at for at in self.rows[row:] if at >= 0), default=self.height)

    def last(self, row: int) -> int:
        """Return the row that is read, or -1."""
        return self.rows[row]

    def text(self, tap: str = "0") -> str:
        """Return the table's entry."""
        assert self.table is not None
        return f"{self.table.name}[row]"


@dataclass(frozen=True)
class Whole(Window):
    """All rows of the input, from the first output row to the last; they lie side by side."""

    height: int = 1  # of the input

    def first(self, row: int) -> int:
        """Return row 0."""
        return 0

    def last(self, row: int) -> int:
        """Return the last row."""
        return self.height - 1

    def text(self, tap: str = "0") -> str:
        """Return row 0, where the map begins."""
        return "0"

    def last_text(self) -> str:
        """Return the last row."""
        return str(self.height - 1)


@dataclass(frozen=True)
class Batched(Window):
    """Rows of the pictures of a batch, one below the other: a window within each, beyond which all is padding."""

    one: Window = Window()  # within a picture
    height: int = 1  # of a picture of the input
    made: int = 1  # rows of a picture of the output

    def first(self, row: int) -> int:
        """Return the topmost input row of its picture; the one behind the picture where there is none."""
        picture, row = divmod(row, self.made)
        return picture * self.height + min(max(self.one.first(row), 0), self.height)

    def last(self, row: int) -> int:
        """Return the bottommost input row of its picture; the one before the picture where there is none."""
        picture, row = divmod(row, self.made)
        return picture * self.height + min(max(self.one.last(row), -1), self.height - 1)

    def reads(self, row: int) -> list[int]:
        """Return the input rows of output row `row`."""
        picture, row = divmod(row, self.made)
        return [picture * self.height + at for at in self.one.reads(row) if 0 <= at < self.height]

    def text(self, tap: str = "0") -> str:
        """Return the C expression of a row, -1 where it lies outside its picture."""
        return f"tm_row_in_batch({self._within(self.one.text(tap))})"

    def last_text(self) -> str:
        """Return the C expression of `last`."""
        return f"tm_last_in_batch({self._within(self.one.last_text())})"

    def _within(self, text: str) -> str:
        at = re.sub(r"\brow\b", f"(row % {self.made})", text)
        return f"row / {self.made}, {at}, {self.height}"


def in_each(window: Window, pictures: int, height: int, made: int) -> Window:
    """Return a window of one picture for each of a batch; `height`: rows of one in the input, `made`: in the output."""
    if pictures == 1 or (window.stride * made == height and window.inside(made, height)):
        return window
    return Batched(kernel=window.kernel, dilation=window.dilation, one=window, height=height, made=made)


@dataclass(frozen=True)
class Operand:
    """A feature map that a layer reads through a window, or a constant in its place.

    `columns` is what a column of the output reads of a row; None: it may read all of it.
    """

    tensor: int
    window: Window = Window()
    columns: Window | None = None
    constant: Constant | None = None
    starts: Constant | None = (
        None  # bytes from row 0 of a whole map to what output row `row` reads; negative: padding
    )


@dataclass
class Layer:
    """One step of the compiled network: a row kernel, its description and what it reads and makes."""

    name: str
    node: Node
    kernel: str  # C function
    struct: str  # C type of its description
    fields: Fields
    operands: list[Operand]
    output: int
    macs: int = 0
    scratch_bytes: int = 0
    scratch_shares: int = 1  # workers that have an equal part of it each
    packed: str = ""  # C text that defines `<name>_packed`, where the target's kernel wants it ...
    packed_constants: list[Constant] = field(default_factory=list)  # ... and the arrays that it points to
    places: dict[str, str] = field(
        default_factory=dict
    )  # a constant's name -> RAM that it lies in; others: flash
    style: Style = KERNEL  # how it processes its rows

    @property
    def maps(self) -> list[Operand]:
        """The operands that are feature maps."""
        return [operand for operand in self.operands if operand.constant is None]

    @property
    def constants(self) -> list[Constant]:
        """All the arrays that it needs."""
        found = [*self.fields.values(), *self.packed_constants]
        for operand in self.operands:
            found += [operand.constant, operand.starts, getattr(operand.window, "table", None)]
        return [value for value in found if isinstance(value, Constant)]


@dataclass(frozen=True)
class Operator:
    """One row of the table: the options that the file stores for it (slot, type, default), and how a Layer is made."""

    build: Callable[[Graph, Node, str], Layer]
    options: dict[str, tuple[int, str, Any]] = field(default_factory=dict)
    any_shape: bool = False  # it takes and makes tensors of a batch or of more than four axes too
    variables: tuple[int, ...] = ()  # the inputs that it changes in place, from one run to the next


def expect_inputs(node: Node, least: int, most: int) -> None:
    """Raise ModelError unless the node has `least` to `most` inputs, the first `least` of them given."""
    if not least <= len(node.inputs) <= most or -1 in node.inputs[:least]:
        raise unsupported(node, f"it has {len(node.inputs)} inputs, expected {least} to {most}")


def pictures_of(node: Node, source: Sequence[int], output: Sequence[int]) -> int:
    """Return how many pictures an operator takes and makes; raises ModelError unless both shapes are of pictures."""
    for shape in (source, output):
        if len(shape) != 4 or shape[0] != source[0]:
            raise unsupported(
                node,
                f"shape {list(shape)} is not supported, expected [pictures, height, width, channels], all with as many",
                cure="export the model with a batch of 1",
            )
    return source[0]


def quantized(graph: Graph, node: Node, index: int, what: str) -> Tensor:
    """Return an int8 tensor with one scale; raises ModelError that says what it is instead."""
    tensor = graph.tensors[index]
    if tensor.dtype != "int8":
        raise unsupported(
            node, f"its {what} is {tensor.dtype}, expected int8", cure="export a full-integer int8 model"
        )
    if len(tensor.scales) != 1 or not tensor.scale > 0 or not -128 <= tensor.zero_point <= 127:
        raise unsupported(node, f"its {what} needs one positive scale and a zero point within int8")
    return tensor


def moving(graph: Graph, node: Node, index: int) -> Tensor:
    """Return a tensor of bytes, of int8 with one scale or of bool; raises ModelError where it is not."""
    tensor = graph.tensors[index]
    return tensor if tensor.dtype == "bool" else quantized(graph, node, index, "input or output")


def constant(graph: Graph, node: Node, index: int, what: str, dtypes: tuple[str, ...]) -> np.ndarray:
    """Return the values of a constant input; raises ModelError where it is not constant or of another type."""
    tensor = graph.tensors[index]
    if tensor.data is None or tensor.dtype not in dtypes:
        kind = "not constant" if tensor.data is None else tensor.dtype
        raise unsupported(node, f"its {what} is {kind}, expected a constant of {' or '.join(dtypes)}")
    return tensor.data


def activation_range(node: Node, output: Tensor) -> tuple[int, int]:
    """Return the smallest and largest int8 value that the fused activation lets through."""
    number = node.options.get("activation", 0) if node.activation is None else node.activation
    if number not in ACTIVATIONS:
        raise unsupported(node, f"its fused activation has number {number}, supported are NONE, RELU, RELU6")
    return clamp_of(*ACTIVATIONS[number], output)


def clamp_of(low: float | None, high: float | None, output: Tensor) -> tuple[int, int]:
    """Return the int8 values that stand for a least and a largest real one; None: no limit but the type's."""
    return (
        -128 if low is None else max(-128, quantize(low, output)),
        127 if high is None else min(127, quantize(high, output)),
    )


def quantize(real: float, tensor: Tensor) -> int:
    """Return the integer that stands for `real` (halves away from zero), clamped to no type but int32."""
    # The quotient of a scale near the least of float32 is infinite.
    quotient = float(np.clip(np.float32(real) / tensor.scale, -(2.0**31), 2.0**31 - 1))
    return tensor.zero_point + int(np.copysign(np.floor(abs(quotient) + 0.5), quotient))


def output_extent(size: int, kernel: int, stride: int, dilation: int, padding: int) -> int:
    """Return how many windows fit along an axis."""
    reach = (kernel - 1) * dilation + 1
    return -(-size // stride) if padding == SAME else (size - reach) // stride + 1


def padding_before(size: int, out: int, kernel: int, stride: int, dilation: int, padding: int) -> int:
    """Return the padding above or left of the picture, as TensorFlow places it."""
    if padding != SAME:
        return 0
    return max((out - 1) * stride + (kernel - 1) * dilation + 1 - size, 0) // 2


def sliding(
    node: Node, source: Tensor, output: Tensor, kernel: tuple[int, int]
) -> tuple[Window, Window, dict[str, int]]:
    """Return the windows of rows and columns, and the columns' fields; a folded PAD is taken into account.

    Raises ModelError where strides or dilations are not positive or the output's extents do not follow from them.
    """
    stride = node.options["stride_h"], node.options["stride_w"]
    dilation = node.options.get("dilation_h", 1), node.options.get("dilation_w", 1)
    padding = node.options["padding"]
    if min(*stride, *dilation, *kernel) < 1 or max(*stride, *dilation, *kernel) > 4096:
        raise unsupported(node, f"kernel {kernel}, stride {stride} and dilation {dilation} must be positive")
    shape = node.viewed_as or source.shape
    pictures = pictures_of(node, shape, output.shape)
    if padding not in (SAME, VALID):
        raise unsupported(node, f"padding has number {padding}, supported are SAME and VALID")
    top, bottom, left, right = node.pads or (0, 0, 0, 0)
    sizes = (shape[1] + top + bottom, shape[2] + left + right)
    before = []
    for axis, (size, out) in enumerate(zip(sizes, output.shape[1:3], strict=True)):
        if out != output_extent(size, kernel[axis], stride[axis], dilation[axis], padding):
            raise unsupported(
                node, f"output {list(output.shape)} does not follow from its input {list(source.shape)}"
            )
        before.append(padding_before(size, out, kernel[axis], stride[axis], dilation[axis], padding))
    rows = Window(stride[0], kernel[0], dilation[0], before[0] + top)
    columns = Window(stride[1], kernel[1], dilation[1], before[1] + left)
    return (
        in_each(rows, pictures, shape[1], output.shape[1]),
        columns,
        {
            "in_width": source.width,
            "out_width": output.width,
            "kernel_height": kernel[0],
            "kernel_width": kernel[1],
            "stride": stride[1],
            "dilation": dilation[1],
            "pad_left": before[1] + left,
        },
    )
