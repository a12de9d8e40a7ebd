"""Operators with two maps, along axes, and the rarer convolutions, for real .tflite files of a few lines."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from support.tflite_builder import ACTIVATIONS, ModelBuilder, Pair
from support.tflite_file import Tensor

PAIRS: dict[str, tuple[str | None, dict[str, Any]]] = {  # options of operators with two inputs
    "ADD": ("AddOptions", {}),
    "SUB": ("SubOptions", {}),
    "MUL": ("MulOptions", {}),
    "DIV": ("DivOptions", {}),
    "SQUARED_DIFFERENCE": ("SquaredDifferenceOptions", {}),
    "MAXIMUM": ("MaximumMinimumOptions", {}),
    "MINIMUM": ("MaximumMinimumOptions", {}),
    "PRELU": (None, {}),
}
COMPARISONS = {
    "EQUAL": "EqualOptions",
    "NOT_EQUAL": "NotEqualOptions",
    "GREATER": "GreaterOptions",
    "GREATER_EQUAL": "GreaterEqualOptions",
    "LESS": "LessOptions",
    "LESS_EQUAL": "LessEqualOptions",
}
EXTREMES = ("MAXIMUM", "MINIMUM", "REDUCE_MAX", "REDUCE_MIN")  # they give bytes of their inputs


class OperatorBuilder(ModelBuilder):
    """A ModelBuilder with more operators; `computed`: the second operand is a part of the first, not a constant."""

    def second(self, x: Tensor, shape: Sequence[int], computed: bool, alike: bool = False) -> Tensor:
        """Return an operand of `shape`: random constants, or the first values of `x`; alike: of the scale of `x`."""
        if not computed:
            scale = {"scale": x.scale, "zero_point": x.zero_point} if alike else {}
            return self.values(shape, **scale)
        full = (*(1,) * (len(x.shape) - len(shape)), *shape)
        y = self.strided_slice(x, [0] * len(full), full, [1] * len(full))
        if y.shape != tuple(shape):
            y = self.reshape(y, shape)
        return y if alike else self.same("QUANTIZE", y)

    def between(
        self,
        name: str,
        x: Tensor,
        shape: Sequence[int] | None = None,
        computed: bool = False,
        swap: bool = False,
        activation: str = "NONE",
        **quantization: Any,
    ) -> Tensor:
        """Add `name` of `x` and an operand of `shape` (None: of its own); `swap`: the other way round."""
        y = self.second(x, shape or x.shape, computed, name in EXTREMES)
        if name == "DIV" and not computed:  # the reference stops at zeros
            y = self._without_zeros(y)
        a, b = (y, x) if swap else (x, y)
        kind, options = PAIRS[name]
        if activation != "NONE":
            options = {"fusedActivationFunction": ACTIVATIONS[activation]}
        if name in EXTREMES:
            output = self.quantized(
                np.broadcast_shapes(a.shape, b.shape), x.scale, x.zero_point, x.mean, x.deviation
            )
        else:
            quantization.setdefault("spread", 1.0)
            mean, deviation = (
                0.0,
                {"DIV": 0.02, "SQUARED_DIFFERENCE": 2.0}.get(name, 1.0) * (x.deviation + y.deviation),
            )
            output = self._made(np.broadcast_shapes(a.shape, b.shape), mean, deviation, **quantization)
        return self.operator(name, [a.index, b.index], output, kind=kind, **options)

    def _without_zeros(self, y: Tensor) -> Tensor:
        codes = self.random.integers(1, 128, y.shape).astype(np.int8)
        codes = np.where(self.random.integers(0, 2, y.shape) > 0, codes, -codes).astype(np.int8)
        index = self.tensor(y.shape, np.int8, codes, scale=y.scale, zero_point=0)
        return Tensor(index, y.shape, y.scale, 0, 0.0, y.deviation)

    def _truth(self, name: str, inputs: Sequence[Tensor], kind: str | None = None) -> Tensor:
        shape = np.broadcast_shapes(*(one.shape for one in inputs))
        output = Tensor(self.tensor(shape, np.bool_), shape, 1.0, 0, 0.5, 0.5)
        return self.operator(name, [one.index for one in inputs], output, kind=kind)

    def compared(
        self, name: str, x: Tensor, shape: Sequence[int] | None = None, computed: bool = False
    ) -> Tensor:
        """Add a comparison; the output is bool."""
        return self._truth(name, [x, self.second(x, shape or x.shape, computed)], COMPARISONS[name])

    def logical(self, name: str, x: Tensor, shape: Sequence[int] | None = None) -> Tensor:
        """Add LOGICAL_AND or LOGICAL_OR of two comparisons of `x`, or LOGICAL_NOT of one."""
        truths = [self.compared("GREATER", x), self.compared("LESS", x, shape)]
        if name == "LOGICAL_NOT":
            return self._truth(name, truths[:1], "LogicalNotOptions")
        return self._truth(name, truths, "LogicalAndOptions" if name == "LOGICAL_AND" else "LogicalOrOptions")

    def select(self, x: Tensor, shape: Sequence[int] | None = None, computed: bool = False) -> Tensor:
        """Add a SELECT_V2 between `x` and an operand of `shape`, by a comparison with another one."""
        condition = self.compared("GREATER", x, shape)
        y = self.second(x, shape or x.shape, computed, alike=True)
        output = self.quantized(x.shape, x.scale, x.zero_point, x.mean, x.deviation)
        return self.operator("SELECT_V2", [condition.index, x.index, y.index], output, kind="SelectV2Options")

    def add_n(self, x: Tensor, count: int, **quantization: Any) -> Tensor:
        """Add an ADD_N of `count` maps made of `x`, all of its scale."""
        parts = [x, *(self.max_pool(x, (1 + n, 1), (1, 1), "SAME") for n in range(1, count))]
        output = self._made(x.shape, count * x.mean, x.deviation * count, **quantization)
        return self.operator("ADD_N", [part.index for part in parts], output, kind="AddNOptions")

    # ---- along axes

    def reduce(
        self, name: str, x: Tensor, axes: Sequence[int], keep_dims: bool = False, **quantization: Any
    ) -> Tensor:
        """Add SUM, MEAN, REDUCE_MAX or REDUCE_MIN."""
        gone = {axis % len(x.shape) for axis in axes}
        shape = [
            1 if axis in gone else size for axis, size in enumerate(x.shape) if keep_dims or axis not in gone
        ]
        count = int(np.prod([x.shape[axis] for axis in gone]))
        if name in EXTREMES:
            output = self.quantized(shape, x.scale, x.zero_point, x.mean, x.deviation)
        else:
            times = count if name == "SUM" else 1
            output = self._made(
                shape, times * x.mean, times * x.deviation / np.sqrt(count) + x.scale, **quantization
            )
        inputs = [x.index, self.constant(axes)]
        return self.operator(name, inputs, output, kind="ReducerOptions", keepDims=keep_dims)

    def truth_of_all(self, name: str, x: Tensor, axes: Sequence[int]) -> Tensor:
        """Add REDUCE_ALL or REDUCE_ANY of a comparison of `x`."""
        truth = self.compared("GREATER", x, (1,))
        shape = tuple(size for axis, size in enumerate(x.shape) if axis not in axes)
        output = Tensor(self.tensor(shape, np.bool_), shape, 1.0, 0, 0.5, 0.5)
        return self.operator(name, [truth.index, self.constant(axes)], output, kind="ReducerOptions")

    def arg(self, name: str, x: Tensor, axis: int = -1) -> Tensor:
        """Add ARG_MAX or ARG_MIN; the output is int32."""
        shape = tuple(size for at, size in enumerate(x.shape) if at != axis % len(x.shape))
        output = Tensor(self.tensor(shape, np.int32), shape, 1.0, 0, 0.0, 1.0)
        kind = "ArgMaxOptions" if name == "ARG_MAX" else "ArgMinOptions"
        return self.operator(
            name, [x.index, self.constant(axis)], output, kind=kind, outputType=schema.TensorType.INT32
        )

    def cumsum(
        self, x: Tensor, axis: int, exclusive: bool = False, reverse: bool = False, **quantization: Any
    ) -> Tensor:
        """Add a CUMSUM."""
        count = x.shape[axis]
        output = self._made(x.shape, count / 2 * x.mean, x.deviation * np.sqrt(count), **quantization)
        inputs = [x.index, self.constant(axis)]
        return self.operator(
            "CUMSUM", inputs, output, kind="CumsumOptions", exclusive=exclusive, reverse=reverse
        )

    # ---- with weights

    def transpose_conv(
        self,
        x: Tensor,
        channels: int,
        kernel: Pair = (3, 3),
        stride: Pair = (2, 2),
        padding: str = "SAME",
        bias: bool = True,
        per_channel: bool = True,
        **quantization: Any,
    ) -> Tensor:
        """Add a TRANSPOSE_CONV with the largest output of which the input would be the convolution."""
        extents = [
            size * step if padding == "SAME" else (size - 1) * step + extent
            for size, step, extent in zip(x.shape[1:3], stride, kernel)
        ]
        shape = (x.shape[0], *extents, channels)
        weights = self._weights((channels, *kernel, x.shape[3]))
        options = self._window_options("TransposeConvOptions", stride, padding)
        made = self._weighted(
            "TRANSPOSE_CONV", x, weights, 0, shape, per_channel, "NONE", bias, quantization, options
        )
        operator = self.operators[-1]
        source, filters, *rest = operator.inputs
        operator.inputs = [self.constant(shape), filters, source, *rest]
        return made

    def matmul(
        self,
        x: Tensor,
        shape: Sequence[int],
        computed: bool = False,
        adj_x: bool = False,
        adj_y: bool = False,
        swap: bool = False,
        **quantization: Any,
    ) -> Tensor:
        """Add a BATCH_MATMUL of `x` and matrices of `shape`; `swap`: of the matrices and `x`."""
        a, b = (x, self.second(x, shape, computed))[:: -1 if swap else 1]
        rows, depth = a.shape[-2:] if not adj_x else a.shape[:-3:-1]
        columns = b.shape[-2] if adj_y else b.shape[-1]
        batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        deviation = float(np.sqrt(depth)) * (a.deviation + abs(a.mean)) * (b.deviation + abs(b.mean))
        output = self._made((*batch, rows, columns), 0.0, deviation, **quantization)
        return self.operator(
            "BATCH_MATMUL", [a.index, b.index], output, kind="BatchMatMulOptions", adjX=adj_x, adjY=adj_y
        )

    def dense_of_itself(self, x: Tensor, units: int, **quantization: Any) -> Tensor:
        """Add a FULLY_CONNECTED over the last axis of `x` [rows, depth] whose filters are its first rows."""
        filters = self.second(x, (units, x.shape[1]), computed=True)
        deviation = float(np.sqrt(x.shape[1])) * (x.deviation + abs(x.mean)) ** 2
        output = self._made((x.shape[0], units), 0.0, deviation, **quantization)
        inputs = [x.index, filters.index, -1]
        return self.operator("FULLY_CONNECTED", inputs, output, kind="FullyConnectedOptions")

    # ---- of values

    def resize_bilinear(
        self, x: Tensor, height: int, width: int, align: bool = False, half_pixel: bool = False
    ) -> Tensor:
        """Add a RESIZE_BILINEAR."""
        shape = (x.shape[0], height, width, x.shape[3])
        options = {"kind": "ResizeBilinearOptions", "alignCorners": align, "halfPixelCenters": half_pixel}
        return self.moved("RESIZE_BILINEAR", x, shape, [(height, width)], **options)
