"""Networks of public shapes with random weights: what others have measured on an ESP32.

python tests/support/public_shapes.py mobilenet_v2 net.tflite       or person_detection
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

from support.tflite_builder import ModelBuilder, Tensor
from tinyml.vision.architecture import mobilenet_v2_blocks

RELU = {"activation": "RELU", "zero_point": -128}


def mobilenet_v2(size: int = 32, classes: int = 10, width: float = 0.25) -> bytes:
    """Return MobileNetV2 with a head of 1280 channels, as Keras builds it: strides 2 from the first layer on."""
    b = ModelBuilder(0)

    def block(x: Tensor, out: int, stride: int, expand: int) -> Tensor:
        y = b.conv(x, x.shape[3] * expand, (1, 1), **RELU) if expand > 1 else x
        y = b.depthwise(y, stride=(stride, stride), **RELU)
        y = b.conv(y, out, (1, 1))
        return b.add(x, y) if stride == 1 and x.shape == y.shape else y

    stem, *rows = mobilenet_v2_blocks(width)
    x = b.conv(b.input((1, size, size, 3)), stem.channels, (3, 3), (2, 2), **RELU)
    for row in rows:
        x = block(x, row.channels, row.stride, row.expand)
    x = b.mean(b.conv(x, 1280, (1, 1), **RELU))
    return b.finish(b.same("SOFTMAX", b.conv(x, classes, (1, 1))))


def narrowing() -> bytes:
    """Return a small network of the same kind: more and more channels on fewer and fewer pixels of 64x64 gray."""
    b = ModelBuilder(0)
    x = b.conv(b.input((1, 64, 64, 1)), 4, (3, 3), (2, 2), **RELU)
    for out, stride in ((12, 2), (24, 2), (40, 2), (40, 1)):
        x = b.depthwise(x, stride=(stride, stride), **RELU)
        x = b.conv(x, out, (1, 1), **(RELU if stride == 2 else {}))
    x = b.add(x, b.conv(x, 40, (1, 1)))
    return b.finish(b.same("SOFTMAX", b.conv(b.mean(x), 3, (1, 1))))


def person_detection() -> bytes:
    """Return MobileNetV1 0.25 on 96x96 gray pictures, two classes: 7.2 M multiply-accumulates."""
    b = ModelBuilder(0)
    x = b.conv(b.input((1, 96, 96, 1)), 8, (3, 3), (2, 2), **RELU)
    for out, stride in (
        (16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), *[(128, 1)] * 5, (256, 2), (256, 1),
    ):  # fmt: skip
        x = b.depthwise(x, stride=(stride, stride), **RELU)
        x = b.conv(x, out, (1, 1), **RELU)
    return b.finish(b.same("SOFTMAX", b.conv(b.mean(x), 2, (1, 1))))


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(
        {"mobilenet_v2": mobilenet_v2, "person_detection": person_detection}[sys.argv[1]]()
    )
