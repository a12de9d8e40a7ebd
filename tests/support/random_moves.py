"""Steps of random graphs that move values, whatever the shape: each makes something of any tensor, or nothing."""

import math
from collections.abc import Sequence

import numpy as np

from support.operator_builder import OperatorBuilder
from support.tflite_file import Tensor

Numbers = Sequence[int]  # what a step may choose by, 0 to 15 each


def divisor(size: int, most: int) -> int:
    """Return the greatest number up to `most` that divides `size`."""
    return next(part for part in range(most, 0, -1) if size % part == 0)


def resized(x: Tensor, axis: int, size: int) -> tuple[int, ...]:
    """Return the shape of `x` with another size of one axis."""
    return (*x.shape[:axis], size, *x.shape[axis + 1 :])


def reshape(b: OperatorBuilder, x: Tensor, n: Numbers) -> list[Tensor]:
    size = math.prod(x.shape)
    first = divisor(size, 1 + n[0] % 6)
    second = divisor(size // first, 1 + n[1] % 6)
    rest = size // first
    shapes = [
        (first, rest),
        (1, first, rest),
        (first, second, rest // second),
        (1, first, second, rest // second),
    ]
    return [b.reshape(x, shapes[n[2] % 4])]


def transpose(b: OperatorBuilder, x: Tensor, n: Numbers) -> list[Tensor]:
    return [b.transpose(x, np.random.default_rng(n[0]).permutation(len(x.shape)).tolist())]


def split(b: OperatorBuilder, x: Tensor, n: Numbers) -> list[Tensor]:
    axis = n[0] % len(x.shape)
    parts = next((part for part in range(2, x.shape[axis] + 1) if x.shape[axis] % part == 0), 5)
    return b.split(x, parts, axis) if parts <= 4 else []


def split_v(b: OperatorBuilder, x: Tensor, n: Numbers) -> list[Tensor]:
    axis = n[0] % len(x.shape)
    if x.shape[axis] == 1:
        return []
    first = 1 + n[1] % (x.shape[axis] - 1)
    return b.split_v(x, [first, x.shape[axis] - first], axis)


def unpack(b: OperatorBuilder, x: Tensor, n: Numbers) -> list[Tensor]:
    axis = n[0] % len(x.shape)
    return b.unpack(x, axis) if 1 < x.shape[axis] <= 4 and len(x.shape) > 1 else []


def concatenate(b: OperatorBuilder, x: Tensor, n: Numbers) -> list[Tensor]:
    axis = n[0] % len(x.shape)
    return [b.concatenation([x, *b.split(x, 1, axis)], axis)] if len(x.shape) > 1 else []


def pack(b: OperatorBuilder, x: Tensor, n: Numbers) -> list[Tensor]:
    return [b.pack([x, *reverse(b, x, n[1:])], n[0] % (len(x.shape) + 1))] if len(x.shape) < 4 else []


def reverse(b: OperatorBuilder, x: Tensor, n: Numbers) -> list[Tensor]:
    return [b.moved("REVERSE_V2", x, x.shape, [[n[0] % len(x.shape)]], kind="ReverseV2Options")]


def gather(b: OperatorBuilder, x: Tensor, n: Numbers) -> list[Tensor]:
    axis = n[0] % len(x.shape)
    chosen = np.random.default_rng(n[1]).integers(0, x.shape[axis], 1 + n[2] % 8)
    return [b.moved("GATHER", x, resized(x, axis, len(chosen)), [chosen], kind="GatherOptions", axis=axis)]


def gather_nd(b: OperatorBuilder, x: Tensor, n: Numbers) -> list[Tensor]:
    named = 1 + n[0] % len(x.shape)
    chosen = np.random.default_rng(n[1]).integers(0, x.shape[:named], (1 + n[2] % 5, named))
    shape = (len(chosen), *x.shape[named:])
    return [b.moved("GATHER_ND", x, shape, [chosen], kind="GatherNdOptions")]


def strided_slice(b: OperatorBuilder, x: Tensor, n: Numbers) -> list[Tensor]:
    random = np.random.default_rng(n[0] * 16 + n[1])
    bounds = []
    for size in x.shape:
        first, last = sorted(random.integers(0, size, 2).tolist())
        step = int(random.integers(1, 4))
        if (
            first > 0 and random.integers(0, 3) == 0
        ):  # a begin above 0 lets a negative step end at an axis's number
            bounds.append((last, first - 1, -step))
        else:
            bounds.append((first, last + 1, step))
    return [b.strided_slice(x, *map(list, zip(*bounds, strict=True)))]


def slice_(b: OperatorBuilder, x: Tensor, n: Numbers) -> list[Tensor]:
    random = np.random.default_rng(n[0] * 16 + n[1])
    begin = [int(random.integers(0, size)) for size in x.shape]
    sizes = [int(random.integers(1, size - first + 1)) for size, first in zip(x.shape, begin, strict=True)]
    return [b.moved("SLICE", x, sizes, [begin, sizes], kind="SliceOptions")]


def amounts(x: Tensor, n: Numbers, most: int) -> list[tuple[int, int]]:
    """Return what to pad before and after each axis: up to `most`, and less than the axis has."""
    random = np.random.default_rng(n[0] * 16 + n[1])
    return [tuple(random.integers(0, min(size, most + 1), 2).tolist()) for size in x.shape]


def pad(b: OperatorBuilder, x: Tensor, n: Numbers) -> list[Tensor]:
    return [b.pad(x, amounts(x, n, 2), 1 + n[2] % 2)] if len(x.shape) <= 4 else []


def mirror_pad(b: OperatorBuilder, x: Tensor, n: Numbers) -> list[Tensor]:
    around = amounts(x, n, 3)
    shape = [size + sum(pair) for size, pair in zip(x.shape, around, strict=True)]
    return [b.moved("MIRROR_PAD", x, shape, [around], kind="MirrorPadOptions", mode=n[2] % 2)]


def to_depth(b: OperatorBuilder, x: Tensor, n: Numbers) -> list[Tensor]:
    block = 2 + n[0] % 2
    if len(x.shape) != 4 or x.shape[1] % block or x.shape[2] % block:
        return []
    shape = (x.shape[0], x.shape[1] // block, x.shape[2] // block, x.shape[3] * block**2)
    return [b.moved("SPACE_TO_DEPTH", x, shape, [], kind="SpaceToDepthOptions", blockSize=block)]


def to_space(b: OperatorBuilder, x: Tensor, n: Numbers) -> list[Tensor]:
    block = 2 + n[0] % 2
    if len(x.shape) != 4 or x.shape[3] % block**2:
        return []
    shape = (x.shape[0], x.shape[1] * block, x.shape[2] * block, x.shape[3] // block**2)
    return [b.moved("DEPTH_TO_SPACE", x, shape, [], kind="DepthToSpaceOptions", blockSize=block)]


def batches(b: OperatorBuilder, x: Tensor, n: Numbers) -> list[Tensor]:
    """Add a SPACE_TO_BATCH_ND and the BATCH_TO_SPACE_ND that undoes it, all its padding too.

    What TFLite-Micro pads with it never sets, so nothing may be left of it.
    """
    if len(x.shape) != 4:
        return []
    block, before = [1 + n[0] % 3, 1 + n[1] % 3], [n[2] % 3, n[0] % 2]
    around = [
        [own, -(size + own) % step] for size, own, step in zip(x.shape[1:3], before, block, strict=True)
    ]
    height, width = (
        (size + sum(pair)) // step for size, pair, step in zip(x.shape[1:3], around, block, strict=True)
    )
    shape = (x.shape[0] * math.prod(block), height, width, x.shape[3])
    apart = b.moved("SPACE_TO_BATCH_ND", x, shape, [block, around])
    return [b.moved("BATCH_TO_SPACE_ND", apart, x.shape, [block, around])]


def broadcast(b: OperatorBuilder, x: Tensor, n: Numbers) -> list[Tensor]:
    shape = [1 + number % 5 if size == 1 else size for size, number in zip(x.shape, [*n, *n], strict=False)]
    return [b.moved("BROADCAST_TO", x, shape, [shape], kind="BroadcastToOptions")]


def expand_dims(b: OperatorBuilder, x: Tensor, n: Numbers) -> list[Tensor]:
    if len(x.shape) > 3:
        return []
    axis = n[0] % (len(x.shape) + 1)
    shape = (*x.shape[:axis], 1, *x.shape[axis:])
    return [b.moved("EXPAND_DIMS", x, shape, [axis], kind="ExpandDimsOptions")]


def squeeze(b: OperatorBuilder, x: Tensor, n: Numbers) -> list[Tensor]:
    gone = [axis for axis, size in enumerate(x.shape) if size == 1]
    if not gone or len(gone) == len(x.shape):
        return []
    shape = [size for size in x.shape if size != 1]
    return [b.moved("SQUEEZE", x, shape, [], kind="SqueezeOptions", squeezeDims=gone)]


def resize(b: OperatorBuilder, x: Tensor, n: Numbers) -> list[Tensor]:
    if len(x.shape) != 4 or max(x.shape[1:3]) > 12:
        return []
    align, half = ((False, False), (True, False), (False, True))[n[2] % 3]
    return [b.resize_nearest(x, 1 + n[0], 1 + n[1], align, half)]


COMMON = {
    "reshape": reshape,
    "transpose": transpose,
    "split": split,
    "unpack": unpack,
    "concatenate": concatenate,
}
RARE = (
    split_v, pack, reverse, gather, gather_nd, strided_slice, slice_, pad, mirror_pad, to_depth, to_space, batches,
    broadcast, expand_dims, squeeze, resize,
)  # fmt: skip


def move(b: OperatorBuilder, x: Tensor, kind: str, numbers: Numbers) -> list[Tensor]:
    """Append a step of COMMON, or one of RARE that the last of the numbers chooses; return what it makes."""
    made = COMMON[kind] if kind in COMMON else RARE[numbers[3] % len(RARE)]
    return made(b, x, numbers)
