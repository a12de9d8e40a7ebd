"""Random graphs over all operators, of several inputs and outputs, as small descriptions that shrink.

A step takes one of the tensors that there are so far, and sometimes a second one; what it cannot do with their shapes
it leaves out.
"""

import math
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from support.operator_builder import COMPARISONS, EXTREMES
from support.random_moves import move
from support.random_networks import Layer, append, layers
from support.recurrent import RecurrentBuilder
from support.tflite_file import Tensor

BETWEEN = ("PRELU", "MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE", "ADD", "SUB", "MUL", "DIV")
REDUCTIONS = ("SUM", "MEAN", "REDUCE_MAX", "REDUCE_MIN")
SAME = ("L2_NORMALIZATION", "LOG_SOFTMAX", "SOFTMAX", "TANH", "LEAKY_RELU", "QUANTIZE", "LOGISTIC", "RELU")
KINDS = (
    "layer", "layer", "layer", "between", "between", "computed", "compared", "logical", "select", "reduce", "reduce", "arg",
    "cumsum", "add_n", "same", "transpose_conv", "groups", "resize_bilinear", "matmul", "reshape", "transpose", "split",
    "unpack", "concatenate", "lstm", "svdf", "rare", "rare", "rare", "rare", "table", "real", "dense",
)  # fmt: skip
TABLES = ("ABS", "ELU", "HARD_SWISH", "RELU")
REALS = ("CEIL", "COS", "FLOOR", "NEG", "ROUND", "SIN", "SQUARE")  # known in float only
LARGEST = 6000  # values of a tensor
LARGEST_BATCH = 4


@dataclass(frozen=True)
class Step:
    """One operator; `take` and `other` choose tensors, `numbers` whatever else there is to choose."""

    kind: str
    layer: Layer
    take: int = 0
    other: int = 0
    numbers: tuple[int, ...] = (0, 0, 0, 0)


@dataclass(frozen=True)
class RandomGraph:
    """A random graph: `seed` makes its weights."""

    seed: int
    batch: int
    shape: tuple[int, int, int]
    zero_point: int
    others: list[tuple[int, int]]  # more inputs: which axes of the first they keep, and a zero point
    steps: list[Step]

    def inputs(self) -> list[tuple[int, ...]]:
        """Return the shapes of the inputs."""
        kept = [7, *(axes for axes, _ in self.others)]
        shapes = [
            (1, *(size if axes >> axis & 1 else 1 for axis, size in enumerate(self.shape))) for axes in kept
        ]
        return [(self.batch, *self.shape), *shapes[1:]]

    def tflite(self) -> tuple[bytes, int, int]:
        """Return the .tflite file, and how many inputs and outputs it has."""
        b = RecurrentBuilder(self.seed)
        zero_points = [self.zero_point, *(zero_point for _, zero_point in self.others)]
        pool = [
            b.input(shape, 1 / 64 if number else 1 / 32, zero_point)
            for number, (shape, zero_point) in enumerate(zip(self.inputs(), zero_points, strict=True))
        ]
        ends: list[Tensor] = []
        for step in self.steps:
            x = pool[step.take % len(pool)]
            before = len(b.operators)
            made = add(b, x, pool[step.other % len(pool)], step)
            if len(b.operators) == before:
                continue
            of_bytes = [one for one in made if b.tensors[one.index].type == b.tensors[pool[0].index].type]
            small = [one for one in of_bytes if math.prod(one.shape) <= LARGEST]
            pool += small
            ends += [one for one in made if one not in small]
        outputs = [*(pool[-1:] if len(pool) > 1 + len(self.others) else []), *ends[-2:]]
        if not outputs:
            outputs = [b.same("QUANTIZE", pool[0])]
        if len(self.steps) % 3 == 0 and len(pool) > 2 and pool[-2].index not in b.inputs:
            outputs.append(pool[-2])
        return b.finish(*outputs), len(b.inputs), len(outputs)


def broadcast_shape(x: Tensor, mask: int, drop: int) -> tuple[int, ...]:
    """Return a shape that can be repeated to that of `x`."""
    shape = [1 if mask >> axis & 1 else size for axis, size in enumerate(x.shape)]
    while len(shape) > 1 and drop > 0 and shape[0] == 1:
        shape, drop = shape[1:], drop - 1
    return tuple(shape)


def repeats(x: Tensor, y: Tensor) -> bool:
    """Return whether `y` can be repeated to the shape of `x`."""
    try:
        return x.index != y.index and np.broadcast_shapes(x.shape, y.shape) == x.shape
    except ValueError:
        return False


# Longer than 60 lines: one case for each kind of step.
def add(b: RecurrentBuilder, x: Tensor, y: Tensor, step: Step) -> list[Tensor]:
    """Append the operators of a step, and return what they make; nothing where the shapes do not allow it."""
    n, layer, rank = step.numbers, step.layer, len(x.shape)
    axis = n[0] % rank
    shape = broadcast_shape(x, n[0], n[1])
    picture = rank == 4 and x.shape[0] <= LARGEST_BATCH
    match step.kind:
        case "layer" if picture and layer.kind != "relu6":  # TFLite-Micro overlooks its output's scale
            made = append(b, x, layer)
            return [made] if made is not x else []
        case "between":
            name = BETWEEN[n[2] % len(BETWEEN)]
            swap = name not in ("PRELU", "DIV") and n[3] % 2 == 1
            return [b.between(name, x, shape, swap=swap, **({} if name in EXTREMES else layer.quantization))]
        case "computed" if repeats(x, y):
            return [(b.add, b.sub, b.mul)[n[2] % 3](x, y, layer.activation, **layer.quantization)]
        case "compared":
            return [b.compared(list(COMPARISONS)[n[2] % 6], x, shape, n[3] % 2 == 1)]
        case "logical":
            return [b.logical(("LOGICAL_AND", "LOGICAL_OR", "LOGICAL_NOT")[n[2] % 3], x, shape)]
        case "select":
            return [b.select(x, shape, n[3] % 2 == 1)]
        case "reduce":
            axes = [at for at in range(rank) if n[1] >> at & 1] or [axis]
            if len(axes) == rank and not n[3] % 2:
                axes = axes[:-1] or axes
            if rank > len(axes) or n[3] % 2:
                return [b.reduce(REDUCTIONS[n[2] % 4], x, axes, n[3] % 2 == 1)]
        case "arg" if rank > 1:
            return [b.arg(("ARG_MAX", "ARG_MIN")[n[2] % 2], x, axis)]
        case "cumsum":
            return [b.cumsum(x, axis, n[2] % 2 == 1, n[3] % 2 == 1, **layer.quantization)]
        case "add_n" if picture:
            return [b.add_n(x, 2 + n[0] % 3)]
        case "same":
            name = SAME[n[2] % len(SAME)]
            return [b.same(name, x)]
        case "table" | "real":
            names = TABLES if step.kind == "table" else REALS
            made_of = b.same if step.kind == "table" else b.real
            return [made_of(names[n[2] % len(names)], x, **layer.quantization)]
        case "dense" if rank == 2 and not layer.bias:
            return [b.dense_of_itself(x, 1 + n[0] % x.shape[0], **layer.quantization)]
        case "dense" if x.shape[-1] <= 400:
            return [
                b.fully_connected(
                    x, 1 + n[0], layer.activation, layer.per_channel, layer.bias, True, **layer.quantization
                )
            ]
        case "transpose_conv" if (
            picture and math.prod(x.shape) * layer.stride[0] * layer.stride[1] <= LARGEST
        ):
            return [
                b.transpose_conv(
                    x, 1 + layer.channels % 8, layer.kernel, layer.stride, layer.padding, layer.bias,
                    layer.per_channel, **layer.quantization,
                )
            ]  # fmt: skip
        case "groups" if picture and x.shape[3] % 2 == 0 and x.shape[3] > 2:
            return [
                b.conv(x, 2 + 2 * (layer.channels % 4), layer.kernel, groups=2, activation=layer.activation)
            ]
        case "resize_bilinear" if picture and max(x.shape[1:3]) <= 12:
            align, half = ((False, False), (True, False), (False, True))[n[2] % 3]
            return [b.resize_bilinear(x, 1 + n[0] % 16, 1 + n[1] % 16, align, half)]
        case "matmul" if rank > 1:
            adj_x, adj_y = n[2] % 2 == 1, n[3] % 2 == 1
            swap, size = layer.per_channel, 1 + n[0] % 6
            depth = x.shape[-1 if (adj_y if swap else not adj_x) else -2]
            matrices = (depth, size) if (adj_x if swap else not adj_y) else (size, depth)
            batch = x.shape[:-2] if n[1] % 2 else (1,) * (rank - 2)
            return [b.matmul(x, (*batch, *matrices), adj_x=adj_x, adj_y=adj_y, swap=swap)]
        case "lstm" | "svdf":
            return remember(b, x, step)
        case "reshape" | "transpose" | "split" | "unpack" | "concatenate" | "rare":
            return move(b, x, step.kind, n)
    return []


def remember(b: RecurrentBuilder, x: Tensor, step: Step) -> list[Tensor]:
    """Append an LSTM over the rows of `x`, or an SVDF of all its values, behind a RESHAPE where its shape needs one."""
    n, size, first = step.numbers, math.prod(x.shape), 1 if len(x.shape) == 1 else math.prod(x.shape[:-1])
    if step.kind == "svdf":
        if size > 400:
            return []
        y = x if x.shape == (1, size) else b.reshape(x, (1, size))
        return [b.svdf(y, 1 + n[0] % 6, 1 + n[1] % 8, 1 + n[2] % 3, **step.layer.quantization)]
    steps = next(part for part in range(min(first, 8), 0, -1) if size % part == 0)
    depth = size // steps
    if depth > 100:
        return []
    time_major = n[3] % 2 == 1
    shape = (steps, 1, depth) if time_major else (1, steps, depth)
    y = x if x.shape == shape else b.reshape(x, shape)
    clip, spread = ((0.0, 1.0), (0.0, 5.0), (1.5, 1.0), (0.0, 0.2))[n[2] % 4]
    return [b.lstm(y, 1 + n[0] % 8, time_major, 9 + n[1] % 7, clip, spread)]


steps = st.builds(
    Step,
    kind=st.sampled_from(KINDS),
    layer=layers,
    take=st.one_of(st.just(-1), st.just(-1), st.integers(0, 5)),
    other=st.integers(0, 5),
    numbers=st.tuples(*[st.integers(0, 15)] * 4),
)

graphs = st.builds(
    RandomGraph,
    seed=st.integers(0, 2**32 - 1),
    batch=st.sampled_from([1] * 6 + [2, 3]),
    shape=st.tuples(
        st.integers(1, 12), st.integers(1, 12), st.one_of(st.sampled_from([1, 3, 4, 8]), st.integers(1, 20))
    ),
    zero_point=st.sampled_from([0, -128, 127, -1, 5]),
    others=st.lists(st.tuples(st.integers(0, 7), st.sampled_from([0, -128, 17])), max_size=2),
    steps=st.lists(steps, min_size=1, max_size=9),
)
