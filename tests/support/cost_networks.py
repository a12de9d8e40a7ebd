"""Networks whose layers' cycles are compared with their prediction: every lx6 kernel, in many shapes."""

import numpy as np

from support.tflite_builder import ModelBuilder, Tensor

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
