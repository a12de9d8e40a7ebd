"""Networks whose layers' cycles are compared with their prediction: every lx6 kernel, in many shapes."""

from collections.abc import Iterator

import numpy as np

from support.public_shapes import narrowing
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
    for seed in range(1000, 1010):
        yield cost_network(seed), None
