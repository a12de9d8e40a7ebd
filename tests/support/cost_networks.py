"""Networks whose layers' cycles are compared with their prediction: every lx6 kernel, in many shapes."""

from collections.abc import Iterator

import numpy as np

from support.public_shapes import narrowing
from support.recurrent import RecurrentBuilder
from support.seed_network import seed_network
from support.tflite_builder import ModelBuilder, Tensor
from tinyml.compiler.planning.placement import Memory

NO_RAM = Memory(fetch_cycles=1_000)  # for constants, and slow flash: small records, blocks
RELU = {"activation": "RELU", "zero_point": -128}


def cost_network(seed: int, layers: int = 20) -> bytes:
    """Return a .tflite file of `layers` layers or a few more, small enough for the emulator.

    Without layers that take rows and give none, as MEAN: a trace enters their work in whoever gives the next row.
    """
    random = np.random.default_rng(seed)
    b = ModelBuilder(seed)
    height, width = (int(n) for n in random.integers(5, 26, 2))
    x = b.input((1, height, width, int(random.choice([1, 3, 4, 8]))))
    while len(b.operators) < layers:
        x = append(b, x, random)
    return b.finish(b.conv(x, int(random.integers(2, 13)), (1, 1)))


def append(b: ModelBuilder, x: Tensor, random: np.random.Generator) -> Tensor:
    """Append one layer, or a few, that keep the map between 3 and 26 pixels wide and its channels a multiple of 4."""
    relu = RELU if random.random() < 0.6 else {}
    roomy = min(x.shape[1:3]) >= 8
    stride = (2, 2) if roomy and random.random() < 0.25 else (1, 1)
    kind = random.choice(["pointwise", "pointwise", "conv", "depthwise", "depthwise", "add", "long"])
    if kind == "pointwise" or x.shape[3] % 4:
        return b.conv(x, 4 * int(random.integers(1, 26)), (1, 1), **relu)
    if kind == "conv":
        narrow = b.conv(x, int(random.choice([1, 3, 4, 8])), (1, 1))
        kernel = tuple(int(n) for n in random.choice([1, 2, 3, 5], 2))
        padding = "SAME" if random.random() < 0.7 else "VALID"
        if min(narrow.shape[1:3]) < 8:
            padding = "SAME"
        return b.conv(narrow, 4 * int(random.integers(1, 9)), kernel, stride, padding=padding, **relu)
    if kind == "depthwise":
        return b.depthwise(x, 1, stride=stride, **RELU)
    if kind == "add":
        return b.add(x, b.conv(x, x.shape[3], (1, 1)))
    return b.conv(b.conv(x, 4 * int(random.integers(13, 48)), (1, 1), **relu), 8, (1, 1))


def loop_network(width: int, signed: bool) -> bytes:
    """Return pointwise layers, one for every loop of dot products and two of any length, on two rows of `width` pixels."""
    b = ModelBuilder(width)
    x = b.input((1, 2, width, 4))
    for channels in (*range(8, 52, 4), 64, 72, 164, 4):
        x = b.conv(x, channels, (1, 1), **({} if signed else RELU))
    return b.finish(x)


def plain_network(height: int, width: int, channels: int) -> bytes:
    """Return layers that the reference kernels compute."""
    b = ModelBuilder(height)
    x = b.input((1, height, width, channels))
    for name in ("HARD_SWISH", "LOGISTIC"):
        x = b.same(name, x)
    x = b.mul(x, b.add(x, b.values((1, 1, 1, channels))))
    x = b.sub(x, b.max_pool(x, (3, 3), (1, 1), "SAME"))
    y = b.average_pool(x, (3, 3), (2, 2), "SAME")
    z = b.max_pool(x, (3, 3), (2, 2), "SAME")
    x = b.concatenation([y, z, y])
    x = b.strided_slice(x, (0, 0, 0, 1), (1, *x.shape[1:]), (1, 1, 1, 2))
    x = b.resize_nearest(x, 2 * x.shape[1], 2 * x.shape[2])
    return b.finish(b.same("SOFTMAX", x))


def mean_network(height: int, width: int, channels: int) -> bytes:
    """Return a mean over a picture: it takes rows and gives none, so a trace tells its work only where it is first."""
    b = ModelBuilder(height)
    return b.finish(b.same("SOFTMAX", b.mean(b.input((1, height, width, channels)))))


RARE_KINDS = ("windows", "pools", "pairs", "rows", "steps", "depthwise")  # and "extreme", alone


def rare_network(kind: str, height: int, width: int, channels: int) -> bytes:
    """Return layers that only some networks have, all of them computed by the reference kernels."""
    b = RecurrentBuilder(height)
    x = b.input((1, height, width, channels))
    outputs: list[Tensor] = []
    match kind:
        case "windows":
            for kernel, stride in (((5, 5), (1, 1)), ((1, 7), (1, 1)), ((3, 3), (3, 3))):
                outputs.append(b.depthwise(x, kernel=kernel, stride=stride))
            outputs.append(b.depthwise(x, 2, (3, 3), dilation=(2, 2)))
            outputs += [b.transpose_conv(x, 6, (3, 3), (2, 2)), b.transpose_conv(x, 3, (2, 4), (1, 1))]
            outputs += [b.conv(x, 8, (3, 3), groups=2), b.conv(x, 4, (1, 1), groups=2)]
        case "pools":
            for size, stride in ((2, 2), (3, 1), (3, 2), (2, 1)):
                pair = (size, size), (stride, stride)
                outputs += [b.max_pool(x, *pair), b.average_pool(x, *pair, padding="SAME")]
        case "pairs":
            for name in ("PRELU", "MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE", "DIV"):
                outputs.append(b.between(name, x, (1, 1, 1, channels)))
            outputs += [b.add_n(x, 2), b.add_n(x, 4), b.select(x, (1,))]
        case "rows":
            outputs += [b.same(name, x) for name in ("L2_NORMALIZATION", "LOG_SOFTMAX")]
            outputs += [b.resize_bilinear(x, height + 3, 2 * width), b.cumsum(x, 2), b.arg("ARG_MAX", x)]
            outputs += [b.reshape(x, (1, width, height, channels)), b.concatenation([x, x], axis=1)]
            outputs += [
                b.matmul(x, (1, 1, channels, 5)),
                b.matmul(x, (1, height, width, channels), adj_y=True),
            ]
        case "steps":
            sequence = b.reshape(x, (1, height, width * channels))
            outputs += [b.lstm(sequence, 5), b.lstm(sequence, 12)]
            flat = b.reshape(x, (1, height * width * channels))
            outputs += [b.svdf(flat, 6, 4), b.svdf(flat, 5, 12, 2)]
        case "depthwise":
            for stride in ((1, 1), (2, 2)):
                outputs += [b.depthwise(x, stride=stride), b.depthwise(x, stride=stride, spread=1 / 16)]
        case "extreme":
            outputs.append(b.reduce("REDUCE_MAX", x, (1,)))
    return b.finish(*outputs)


def rare_networks() -> Iterator[tuple[bytes, Memory | None]]:
    """Yield the networks that the costs of rare layers are fitted to."""
    for kind in RARE_KINDS:
        for shape in ((5, 4, 4), (6, 9, 8), (9, 12, 16)):
            yield rare_network(kind, *shape), None
    yield rare_network("depthwise", 7, 9, 8), NO_RAM
    for shape in ((3, 3, 40), (5, 2, 9), (6, 9, 16)):
        yield rare_network("extreme", *shape), None


def fitting_networks() -> Iterator[tuple[bytes, Memory | None]]:
    """Yield the networks that costs are fitted to, each with the memory that it is compiled for."""
    for width in (2, 9):
        for signed in (False, True):
            yield loop_network(width, signed), None
    for shape in ((6, 8, 8), (8, 12, 5)):
        yield plain_network(*shape), None
    for shape in ((3, 3, 80), (5, 2, 9), (2, 9, 30)):
        yield mean_network(*shape), None
    yield loop_network(3, False), NO_RAM
    yield loop_network(3, True), NO_RAM
    yield narrowing(), NO_RAM
    for seed in (900, 901):
        yield cost_network(seed), NO_RAM
    yield seed_network(0.35, 32), None
    for seed in range(1000, 1050):
        yield cost_network(seed), None
    yield from rare_networks()
