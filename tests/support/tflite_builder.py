"""Real int8 .tflite files, built in milliseconds from a few lines: what the tests feed to the compiler.

Scales are chosen from a running estimate of each tensor's mean and deviation, so that outputs use their range and
are seldom saturated; `spread` and `zero_point` ask for extremes.
"""

from collections.abc import Sequence
from functools import partialmethod
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from support.tflite_file import Tensor, TfliteFile

ACTIVATIONS = {
    name: getattr(schema.ActivationFunctionType, name) for name in ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")
}
Pair = tuple[int, int]
KINDS: dict[
    str, tuple[str, dict[str, Any]]
] = {  # options of operators that keep the shape, with their defaults
    "GELU": ("GeluOptions", {"approximate": False}),
    "HARD_SWISH": ("HardSwishOptions", {}),
    "LEAKY_RELU": ("LeakyReluOptions", {"alpha": 0.1}),
    "L2_NORMALIZATION": ("L2NormOptions", {}),
    "LOG_SOFTMAX": ("LogSoftmaxOptions", {}),
    "QUANTIZE": ("QuantizeOptions", {}),
    "SOFTMAX": ("SoftmaxOptions", {"beta": 1.0}),
}
FIXED = {  # scale, zero point, and about which mean and deviation, of outputs that have no choice
    "L2_NORMALIZATION": (1 / 128, 0, 0.1, 0.5),
    "LOGISTIC": (1 / 256, -128, 0.5, 0.25),
    "LOG_SOFTMAX": (16 / 256, 127, -3.0, 2.0),
    "SOFTMAX": (1 / 256, -128, 0.5, 0.25),
    "TANH": (1 / 128, 0, 0.0, 0.5),
}


def window(size: int, kernel: int, stride: int, dilation: int, padding: str) -> int:
    """Return the output extent of a sliding window, or 0 where it does not fit."""
    reach = (kernel - 1) * dilation + 1
    return -(-size // stride) if padding == "SAME" else max(0, (size - reach) // stride + 1)


class ModelBuilder(TfliteFile):
    """Appends one operator per call and returns its output; `finish` gives the file's bytes.

    Every call that makes new values takes `spread` (1: about a third of the range is one deviation; 8: saturated
    almost everywhere; 1/16: a few codes only), `zero_point` (None: wherever the values want it) and `like` (take
    another tensor's scale and zero point).
    """

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        self.random = np.random.default_rng(seed)

    def _made(
        self,
        shape: Sequence[int],
        mean: float,
        deviation: float,
        spread: float = 1.0,
        zero_point: int | None = None,
        like: Tensor | None = None,
    ) -> Tensor:
        """Return a new tensor whose quantization suits values of `mean` and `deviation`."""
        if like:
            return self.quantized(shape, like.scale, like.zero_point, mean, deviation)
        scale = max(deviation / 40 * self.random.uniform(0.7, 1.4), 1e-6)
        if spread == 1 and zero_point is None:
            scale = max(scale, abs(mean) / 120)
        scale /= spread
        if zero_point is None:
            zero_point = int(np.clip(round(-mean / scale + self.random.uniform(-30, 30)), -128, 127))
        return self.quantized(shape, scale, zero_point, mean, deviation)

    def input(
        self, shape: Sequence[int], scale: float = 1 / 32, zero_point: int = 0, dtype: Any = np.int8
    ) -> Tensor:
        """Add a graph input (N, H, W, C); its codes are taken as uniform over int8 (or the type `dtype`)."""
        middle = -0.5 if dtype == np.int8 else 127.5
        tensor = self.quantized(shape, scale, zero_point, (middle - zero_point) * scale, 74.0 * scale, dtype)
        self.inputs.append(tensor.index)
        return tensor

    # ---- layers with weights

    def _weighted(
        self,
        name: str,
        x: Tensor,
        weights: np.ndarray,
        axis: int,
        shape: Sequence[int],
        per_channel: bool,
        activation: str,
        bias: bool,
        quantization: dict[str, Any],
        options: dict[str, Any],
    ) -> Tensor:
        """Add `name` with int8 `weights` (output channels along `axis`), its bias set so that outputs are centred."""
        channels = weights.shape[axis]
        others = tuple(number for number in range(weights.ndim) if number != axis)
        weight_scale = 10.0 ** self.random.uniform(-3, -1.5) * (
            self.random.uniform(0.3, 3.0, channels) if per_channel else np.ones(1)
        )
        weight_scale = weight_scale.astype(np.float32)
        sums = weights.astype(np.int64).sum(others)
        norms = np.sqrt((weights.astype(np.float64) ** 2).sum(others)) + 1e-3
        deviation = float(np.median(norms * weight_scale) * max(x.deviation, x.scale))
        output = self._made(shape, 0.0, deviation, **quantization)
        centre = -output.zero_point * output.scale + self.random.normal(0, 0.5, channels) * deviation
        accumulator_scale = np.float32(x.scale) * weight_scale
        wanted = (centre - sums * weight_scale * x.mean) / accumulator_scale
        limit = 2**31 - 1 - int(np.abs(weights.astype(np.int64)).sum(others).max()) * 256
        values = np.clip(np.round(np.broadcast_to(wanted, channels)), -limit, limit).astype(np.int32)
        inputs = [
            x.index,
            self.tensor(weights.shape, np.int8, weights, scale=weight_scale, zero_point=0, axis=axis),
        ]
        if bias:
            inputs.append(self.tensor((channels,), np.int32, values, scale=accumulator_scale, zero_point=0))
        output = Tensor(
            output.index,
            output.shape,
            output.scale,
            output.zero_point,
            -output.zero_point * output.scale,
            deviation,
        )
        return self.operator(name, inputs, output, fusedActivationFunction=ACTIVATIONS[activation], **options)

    def _weights(self, shape: Sequence[int]) -> np.ndarray:
        return np.clip(np.round(self.random.normal(0, 45, shape)), -127, 127).astype(np.int8)

    def conv(
        self,
        x: Tensor,
        channels: int,
        kernel: Pair = (3, 3),
        stride: Pair = (1, 1),
        dilation: Pair = (1, 1),
        padding: str = "SAME",
        activation: str = "NONE",
        per_channel: bool = True,
        weights: np.ndarray | None = None,
        groups: int = 1,
        **quantization: Any,
    ) -> Tensor:
        """Add a CONV_2D."""
        batch, height, width, depth = x.shape
        shape = (
            batch,
            window(height, kernel[0], stride[0], dilation[0], padding),
            window(width, kernel[1], stride[1], dilation[1], padding),
            channels,
        )
        options = self._window_options("Conv2DOptions", stride, padding, dilation)
        if weights is None:
            weights = self._weights((channels, *kernel, depth // groups))
        return self._weighted(
            "CONV_2D", x, weights, 0, shape, per_channel, activation, True, quantization, options
        )

    def depthwise(
        self,
        x: Tensor,
        multiplier: int = 1,
        kernel: Pair = (3, 3),
        stride: Pair = (1, 1),
        dilation: Pair = (1, 1),
        padding: str = "SAME",
        activation: str = "NONE",
        per_channel: bool = True,
        bias: bool = True,
        **quantization: Any,
    ) -> Tensor:
        """Add a DEPTHWISE_CONV_2D."""
        batch, height, width, depth = x.shape
        shape = (
            batch,
            window(height, kernel[0], stride[0], dilation[0], padding),
            window(width, kernel[1], stride[1], dilation[1], padding),
            depth * multiplier,
        )
        options = self._window_options("DepthwiseConv2DOptions", stride, padding, dilation)
        options["depthMultiplier"] = multiplier
        weights = self._weights((1, *kernel, depth * multiplier))
        return self._weighted(
            "DEPTHWISE_CONV_2D", x, weights, 3, shape, per_channel, activation, bias, quantization, options
        )

    def fully_connected(
        self,
        x: Tensor,
        units: int,
        activation: str = "NONE",
        per_channel: bool = False,
        bias: bool = True,
        keep_dims: bool = False,
        **quantization: Any,
    ) -> Tensor:
        """Add a FULLY_CONNECTED over everything but the batch (over the last axis with `keep_dims`)."""
        depth = x.shape[-1] if keep_dims else int(np.prod(x.shape[1:]))
        shape = (*x.shape[:-1], units) if keep_dims else (x.shape[0], units)
        options = {"kind": "FullyConnectedOptions", "keepNumDims": keep_dims}
        weights = self._weights((units, depth))
        return self._weighted(
            "FULLY_CONNECTED", x, weights, 0, shape, per_channel, activation, bias, quantization, options
        )

    def dense(self, x: Tensor, units: int, depth: int, shape: Sequence[int], **quantization: Any) -> Tensor:
        """Add a FULLY_CONNECTED over `depth` values at a time, with an output of `shape`."""
        options = {"kind": "FullyConnectedOptions", "keepNumDims": False}
        weights = self._weights((units, depth))
        return self._weighted(
            "FULLY_CONNECTED", x, weights, 0, shape, False, "NONE", True, quantization, options
        )

    @staticmethod
    def _window_options(
        kind: str, stride: Pair, padding: str, dilation: tuple[int, int] | None = None
    ) -> dict[str, Any]:
        options = {
            "kind": kind,
            "strideH": stride[0],
            "strideW": stride[1],
            "padding": getattr(schema.Padding, padding),
        }
        if dilation:
            options |= {"dilationHFactor": dilation[0], "dilationWFactor": dilation[1]}
        return options

    # ---- layers without weights

    def add(self, a: Tensor, b: Tensor, activation: str = "NONE", **quantization: Any) -> Tensor:
        """Add an ADD (broadcasting)."""
        return self._pair("ADD", "AddOptions", a, b, a.mean + b.mean, activation, quantization)

    def sub(self, a: Tensor, b: Tensor, activation: str = "NONE", **quantization: Any) -> Tensor:
        """Add a SUB (broadcasting)."""
        return self._pair("SUB", "SubOptions", a, b, a.mean - b.mean, activation, quantization)

    def mul(self, a: Tensor, b: Tensor, activation: str = "NONE", **quantization: Any) -> Tensor:
        """Add a MUL (broadcasting)."""
        return self._pair("MUL", "MulOptions", a, b, a.mean * b.mean, activation, quantization)

    def _pair(
        self,
        name: str,
        kind: str,
        a: Tensor,
        b: Tensor,
        mean: float,
        activation: str,
        quantization: dict[str, Any],
    ) -> Tensor:
        deviation = float(np.hypot(a.deviation, b.deviation))
        if name == "MUL":
            deviation = (
                float(np.hypot(a.deviation * abs(b.mean), b.deviation * abs(a.mean)))
                + a.deviation * b.deviation
            )
        shape = np.broadcast_shapes(a.shape, b.shape)
        output = self._made(shape, mean, deviation, **quantization)
        options = {"kind": kind, "fusedActivationFunction": ACTIVATIONS[activation]}
        return self.operator(name, [a.index, b.index], output, **options)

    def values(self, shape: Sequence[int], scale: float = 1 / 64, zero_point: int = 0) -> Tensor:
        """Return a constant int8 tensor of random codes (an operand of ADD, SUB or MUL)."""
        codes = self.random.integers(-128, 128, tuple(shape), dtype=np.int8)
        scale = float(np.float32(scale))
        index = self.tensor(shape, np.int8, codes, scale=scale, zero_point=zero_point)
        real = (codes.astype(np.float64) - zero_point) * scale
        return Tensor(index, tuple(shape), scale, zero_point, float(real.mean()), float(real.std()) + scale)

    def pad(self, x: Tensor, amounts: Sequence[tuple[int, int]], version: int = 1) -> Tensor:
        """Add a PAD (or PADV2 whose constant is the zero point) with (before, after) for each axis."""
        shape = [size + before + after for size, (before, after) in zip(x.shape, amounts)]
        output = self.quantized(shape, x.scale, x.zero_point, x.mean, x.deviation)
        inputs = [x.index, self.constant(amounts)]
        if version == 2:
            zero = np.array([x.zero_point], np.int8)
            inputs.append(self.tensor((1,), np.int8, zero, scale=x.scale, zero_point=x.zero_point))
            return self.operator("PADV2", inputs, output, kind="PadV2Options")
        return self.operator("PAD", inputs, output, kind="PadOptions")

    def mean(
        self, x: Tensor, axes: Sequence[int] = (1, 2), keep_dims: bool = True, **quantization: Any
    ) -> Tensor:
        """Add a MEAN."""
        shape = [
            1 if axis in axes else size for axis, size in enumerate(x.shape) if keep_dims or axis not in axes
        ]
        count = int(np.prod([x.shape[axis] for axis in axes]))
        output = self._made(shape, x.mean, x.deviation / np.sqrt(count) + x.scale, **quantization)
        return self.operator(
            "MEAN", [x.index, self.constant(axes)], output, kind="ReducerOptions", keepDims=keep_dims
        )

    def _pool(
        self,
        name: str,
        x: Tensor,
        size: tuple[int, int],
        stride: Pair,
        padding: str = "VALID",
        activation: str = "NONE",
    ) -> Tensor:
        extents = [window(x.shape[axis + 1], size[axis], stride[axis], 1, padding) for axis in (0, 1)]
        output = self.quantized(
            (x.shape[0], *extents, x.shape[3]), x.scale, x.zero_point, x.mean, x.deviation
        )
        options = self._window_options("Pool2DOptions", stride, padding)
        options |= {
            "filterHeight": size[0],
            "filterWidth": size[1],
            "fusedActivationFunction": ACTIVATIONS[activation],
        }
        return self.operator(name, [x.index], output, **options)

    average_pool = partialmethod(_pool, "AVERAGE_POOL_2D")
    max_pool = partialmethod(_pool, "MAX_POOL_2D")

    def same(self, name: str, x: Tensor, **quantization: Any) -> Tensor:
        """Add an operator that keeps the shape: an activation, a SOFTMAX, a QUANTIZE."""
        kind, options = KINDS.get(name, (None, {}))
        options = {key: quantization.pop(key, default) for key, default in options.items()}
        if name in FIXED:
            output = self.quantized(x.shape, *FIXED[name])
        else:
            # The reference HARD_SWISH refuses an output scale below 1/128 of its input's.
            output = self._made(x.shape, x.mean, max(x.deviation, 8 * x.scale), **quantization)
        return self.operator(name, [x.index], output, kind=kind, **options)

    def real(self, name: str, x: Tensor, **quantization: Any) -> Tensor:
        """Add `name` between a DEQUANTIZE and a QUANTIZE, as converters do where it is known in float only."""
        kind, options = KINDS.get(name, (None, {}))
        floats = Tensor(self.tensor(x.shape, np.float32), x.shape, 1.0, 0, x.mean, x.deviation)
        made = self.operator(name, [self.dequantize(x).index], floats, kind=kind, **options)
        output = self._made(x.shape, x.mean, max(x.deviation, 8 * x.scale), **quantization)
        return self.operator("QUANTIZE", [made.index], output, kind="QuantizeOptions")

    def concatenation(self, parts: Sequence[Tensor], axis: int = 3) -> Tensor:
        """Add a CONCATENATION of tensors of one quantization (make them with `like`)."""
        shape = list(parts[0].shape)
        shape[axis] = sum(part.shape[axis] for part in parts)
        output = self.quantized(shape, parts[0].scale, parts[0].zero_point, parts[0].mean, parts[0].deviation)
        return self.operator(
            "CONCATENATION", [part.index for part in parts], output, kind="ConcatenationOptions", axis=axis
        )

    def pack(self, parts: Sequence[Tensor], axis: int) -> Tensor:
        """Add a PACK of tensors of one shape and quantization: `axis` is new."""
        shape = (*parts[0].shape[:axis], len(parts), *parts[0].shape[axis:])
        output = self.quantized(shape, parts[0].scale, parts[0].zero_point, parts[0].mean, parts[0].deviation)
        options = {"kind": "PackOptions", "valuesCount": len(parts), "axis": axis}
        return self.operator("PACK", [part.index for part in parts], output, **options)

    def moved(
        self, name: str, x: Tensor, shape: Sequence[int], constants: Sequence[Any], **options: Any
    ) -> Tensor:
        """Add an operator that moves values: `constants` are its other inputs, of int32."""
        output = self.quantized(shape, x.scale, x.zero_point, x.mean, x.deviation)
        return self.operator(
            name, [x.index, *(self.constant(values) for values in constants)], output, **options
        )

    def reshape(self, x: Tensor, shape: Sequence[int]) -> Tensor:
        """Add a RESHAPE."""
        return self.moved("RESHAPE", x, shape, [shape], kind="ReshapeOptions", newShape=list(shape))

    def transpose(self, x: Tensor, order: Sequence[int]) -> Tensor:
        """Add a TRANSPOSE."""
        return self.moved("TRANSPOSE", x, [x.shape[axis] for axis in order], [order], kind="TransposeOptions")

    def split(self, x: Tensor, count: int, axis: int = 3) -> list[Tensor]:
        """Add a SPLIT into `count` equal parts."""
        shape = [size // count if at == axis else size for at, size in enumerate(x.shape)]
        parts = [self.quantized(shape, x.scale, x.zero_point, x.mean, x.deviation) for _ in range(count)]
        self.operator("SPLIT", [self.constant(axis), x.index], *parts, kind="SplitOptions", numSplits=count)
        return parts

    def split_v(self, x: Tensor, sizes: Sequence[int], axis: int = 3) -> list[Tensor]:
        """Add a SPLIT_V into parts of `sizes`."""
        shapes = [[size if at == axis else own for at, own in enumerate(x.shape)] for size in sizes]
        parts = [self.quantized(shape, x.scale, x.zero_point, x.mean, x.deviation) for shape in shapes]
        inputs = [x.index, self.constant(sizes), self.constant(axis)]
        self.operator("SPLIT_V", inputs, *parts, kind="SplitVOptions", numSplits=len(sizes))
        return parts

    def unpack(self, x: Tensor, axis: int) -> list[Tensor]:
        """Add an UNPACK."""
        shape = [size for at, size in enumerate(x.shape) if at != axis]
        parts = [
            self.quantized(shape, x.scale, x.zero_point, x.mean, x.deviation) for _ in range(x.shape[axis])
        ]
        self.operator("UNPACK", [x.index], *parts, kind="UnpackOptions", num=len(parts), axis=axis)
        return parts

    def strided_slice(
        self, x: Tensor, begin: Sequence[int], end: Sequence[int], strides: Sequence[int]
    ) -> Tensor:
        """Add a STRIDED_SLICE without masks."""
        shape = [len(range(*bounds)) for bounds in zip(begin, end, strides)]
        return self.moved("STRIDED_SLICE", x, shape, [begin, end, strides], kind="StridedSliceOptions")

    def resize_nearest(
        self, x: Tensor, height: int, width: int, align: bool = False, half_pixel: bool = False
    ) -> Tensor:
        """Add a RESIZE_NEAREST_NEIGHBOR."""
        shape = (x.shape[0], height, width, x.shape[3])
        options = {
            "kind": "ResizeNearestNeighborOptions",
            "alignCorners": align,
            "halfPixelCenters": half_pixel,
        }
        return self.moved("RESIZE_NEAREST_NEIGHBOR", x, shape, [(height, width)], **options)

    # ---- float edges

    def float_input(self, shape: Sequence[int], scale: float = 1 / 32, zero_point: int = 0) -> Tensor:
        """Add a float graph input and the QUANTIZE after it."""
        index = self.tensor(shape, np.float32)
        self.inputs.append(index)
        output = self.quantized(shape, scale, zero_point, (-0.5 - zero_point) * scale, 74.0 * scale)
        return self.operator("QUANTIZE", [index], output, kind="QuantizeOptions")

    def dequantize(self, x: Tensor) -> Tensor:
        """Add a DEQUANTIZE."""
        output = Tensor(self.tensor(x.shape, np.float32), x.shape, 1.0, 0, x.mean, x.deviation)
        return self.operator("DEQUANTIZE", [x.index], output, kind="DequantizeOptions")
