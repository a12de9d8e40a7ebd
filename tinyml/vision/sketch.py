"""The int8 graph that the export of a configuration gives, with placeholder weights: what a network costs, before it learns.

Needs no PyTorch and no TensorFlow. Layers, shapes and the order of the nodes are those of `tinyml.vision.model` behind
`tinyml.conversion`; scales and weights are made up such that the accumulators spread as those of trained networks do,
so that kernels and constants are the same. Every channel of a layer has the same weights: one proof serves all of them.
"""

import math
from collections.abc import Mapping

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node, Tensor
from tinyml.vision.architecture import Step, levels_of
from tinyml.vision.config import TrainConfig

SAME, VALID = 0, 1
NONE, RELU, RELU6 = 0, 1, 3
CLAMPED = {RELU, RELU6}
SEED = 0
LINEAR_ZERO_POINT = -5  # of a map with values of both signs
BIAS = 100  # in steps of the accumulator


def int8_graph(config: TrainConfig) -> Graph:
    """Return the graph of a configuration whose classes are known; raises ModelError where a choice is wrong."""
    levels = levels_of(config)
    sketch = _Sketch(config)
    same = config.padding == "same" and not config.blocks
    x = _trunk(sketch, sketch.input, levels[0], same)
    classes = len(config.classes) + (config.task == "detect")
    if config.head:
        level, joined = x, sketch.conv(x, config.head, activation=NONE if config.context else RELU)
        for number, steps in enumerate(levels[1:], 1):
            level = _trunk(sketch, level, steps, same)
            coarse = sketch.enlarge(sketch.conv(level, config.head), joined)
            joined = sketch.add(joined, coarse, RELU if number == len(config.context) else NONE)
        x = joined
    if config.task == "classify":
        x = sketch.mean(x)
        if config.hidden:
            x = sketch.conv(x, config.hidden, activation=RELU)
    x = sketch.conv(x, classes)
    if config.task == "classify":
        x = sketch.reshape(x, (1, classes))
    return sketch.finish(sketch.softmax(x))


def _trunk(sketch: "_Sketch", x: int, steps: list[Step], same: bool) -> int:
    for step in steps:
        x = _layer(sketch, x, step, same)
    return x


def _layer(sketch: "_Sketch", x: int, step: Step, same: bool) -> int:
    """Add one row of a table of blocks; its arithmetic stands in tinyml/vision/blocks.py."""
    block, y = step.block, x
    if block.kind == "inverted":
        if block.expand > 1:
            y = sketch.conv(y, step.hidden, activation=RELU6)
        y = sketch.depthwise(y, block.stride, RELU6, same)
        last, clamp = NONE, NONE
        y = sketch.conv(y, block.channels)
    elif block.kind == "separable":
        y = sketch.depthwise(y, block.stride, RELU, same)
        last, clamp = (NONE, RELU) if step.residual else (RELU, NONE)
        y = sketch.conv(y, block.channels, activation=last)
    else:
        kernel = 1 if block.kind == "pointwise" else 3
        last, clamp = (NONE, RELU6) if step.residual else (RELU6, NONE)
        y = sketch.conv(y, block.channels, kernel, block.stride, last, same)
    return sketch.add(x, y, clamp) if step.residual else y


class _Sketch:
    """A graph that grows: each method adds what one operator of the exported file is, and returns its output's tensor."""

    def __init__(self, config: TrainConfig) -> None:
        self.random = np.random.default_rng(SEED)
        self.tensors: list[Tensor] = []
        self.nodes: list[Node] = []
        self.input = self._map((1, config.size, config.size, config.channels), 1 / 128, -1)

    def finish(self, output: int) -> Graph:
        """Return the graph."""
        return Graph(self.tensors, self.nodes, [self.input], [output], ["image"], ["probabilities"])

    def conv(
        self,
        x: int,
        channels: int,
        kernel: int = 1,
        stride: int = 1,
        activation: int = NONE,
        same: bool = False,
    ) -> int:
        """Add a convolution; one of stride 2 is padded by one on each side, or as TensorFlow does it."""
        if kernel == 3 and stride == 2 and not same:
            x = self._pad(x)
        padding = VALID if kernel == 3 and stride == 2 and not same else SAME
        depth = self.tensors[x].channels
        taps = self._taps(kernel * kernel * depth).reshape(1, kernel, kernel, depth)
        weights = np.repeat(taps, channels, axis=0)
        return self._sliding("CONV_2D", x, weights, 0, channels, stride, padding, activation)

    def depthwise(self, x: int, stride: int, activation: int, same: bool = False) -> int:
        """Add a 3x3 depthwise convolution, padded as `conv` is; one channel makes it a plain one."""
        if self.tensors[x].channels == 1:
            return self.conv(x, 1, 3, stride, activation, same)
        padded = stride == 2 and not same
        x = self._pad(x) if padded else x
        channels = self.tensors[x].channels
        weights = np.repeat(self._taps(9).reshape(1, 3, 3, 1), channels, axis=3)
        padding = VALID if padded else SAME
        return self._sliding("DEPTHWISE_CONV_2D", x, weights, 3, channels, stride, padding, activation)

    def add(self, x: int, y: int, activation: int) -> int:
        """Add a sum of two maps."""
        scale = 1.5 * float(self.tensors[x].scale)
        out = self._map(self.tensors[x].shape, scale, -128 if activation in CLAMPED else LINEAR_ZERO_POINT)
        return self._node("ADD", [x, y], out, {"activation": activation})

    def enlarge(self, x: int, to: int) -> int:
        """Add a nearest-neighbour resize to the height and width of another map."""
        _, height, width, _ = self.tensors[to].shape
        size = self._constant(np.array([height, width], np.int32))
        out = self._map((1, height, width, self.tensors[x].channels), *self._codes(x))
        options = {"align_corners": False, "half_pixel_centers": False}
        return self._node("RESIZE_NEAREST_NEIGHBOR", [x, size], out, options)

    def mean(self, x: int) -> int:
        """Add the mean over height and width, which stay as axes of one; nothing where they are that already."""
        if self.tensors[x].shape[1:3] == (1, 1):
            return x
        axes = self._constant(np.array([1, 2], np.int32))
        scale, zero_point = self._codes(x)
        out = self._map((1, 1, 1, self.tensors[x].channels), 0.9 * scale, zero_point)
        return self._node("MEAN", [x, axes], out, {"keep_dims": True})

    def softmax(self, x: int) -> int:
        """Add the softmax over the channels."""
        return self._node("SOFTMAX", [x], self._map(self.tensors[x].shape, 1 / 256, -128), {"beta": 1.0})

    def reshape(self, x: int, shape: tuple[int, ...]) -> int:
        """Add a node that gives the same values another shape."""
        axes = self._constant(np.array(shape, np.int32))
        return self._node("RESHAPE", [x, axes], self._map(shape, *self._codes(x)), {})

    def _pad(self, x: int) -> int:
        _, height, width, channels = self.tensors[x].shape
        pads = self._constant(np.array([(0, 0), (1, 1), (1, 1), (0, 0)], np.int32))
        out = self._map((1, height + 2, width + 2, channels), *self._codes(x))
        return self._node("PAD", [x, pads], out, {})

    def _sliding(
        self,
        op: str,
        x: int,
        weights: np.ndarray,
        axis: int,
        channels: int,
        stride: int,
        padding: int,
        activation: int,
    ) -> int:
        source = self.tensors[x]
        taps = weights.size // channels
        scale = 1 / 128 / math.sqrt(taps)
        # The weights are about 73 steps large, the inputs 70: three standard deviations of their sum fill the output.
        out_scale = float(source.scale) * scale * 73 * 70 * math.sqrt(taps) * 3 / 128
        if activation in CLAMPED:
            out_scale /= 2
        kernel = weights.shape[1]
        _, height, width, _ = source.shape
        rows, columns = (
            -(-extent // stride) if padding == SAME else (extent - kernel) // stride + 1
            for extent in (height, width)
        )
        zero_point = -128 if activation in CLAMPED else LINEAR_ZERO_POINT
        out = self._map((1, rows, columns, channels), out_scale, zero_point)
        scales = np.full(channels, scale, np.float32)
        filters = self._constant(weights, scales, axis)
        bias = self._constant(np.full(channels, BIAS, np.int32), scales * source.scale)
        options = {
            "padding": padding,
            "stride_w": stride,
            "stride_h": stride,
            "activation": activation,
            "dilation_w": 1,
            "dilation_h": 1,
        }
        return self._node(op, [x, filters, bias], out, options)

    def _taps(self, count: int) -> np.ndarray:
        return self.random.integers(-127, 128, count).astype(np.int8)

    def _codes(self, x: int) -> tuple[float, int]:
        return float(self.tensors[x].scale), self.tensors[x].zero_point

    def _map(self, shape: tuple[int, ...], scale: float, zero_point: int) -> int:
        name = f"map_{len(self.tensors)}"
        scales, zero_points = np.array([scale], np.float32), np.array([zero_point], np.int64)
        self.tensors.append(Tensor(name, shape, "int8", scales, zero_points))
        return len(self.tensors) - 1

    def _constant(self, data: np.ndarray, scales: np.ndarray | None = None, axis: int = 0) -> int:
        found = np.zeros(0, np.float32) if scales is None else scales
        zero_points = np.zeros(len(found), np.int64)
        name = f"constant_{len(self.tensors)}"
        self.tensors.append(Tensor(name, data.shape, str(data.dtype), found, zero_points, axis, data))
        return len(self.tensors) - 1

    def _node(self, op: str, inputs: list[int], output: int, options: Mapping[str, object]) -> int:
        self.nodes.append(Node(op, inputs, [output], dict(options), len(self.nodes)))
        return output
