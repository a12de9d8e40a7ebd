"""The network that tinyml trains, as a .tflite with random weights: MobileNetV2 up to stride 8 and a small head.

python tests/support/seed_network.py 1.0 seed.tflite                 writes one at a width
python tests/support/seed_network.py 0.35 detector.tflite detect     the detector: no pooling, probabilities for each cell
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

from support.tflite_builder import ModelBuilder
from support.tflite_file import Tensor
from tinyml.vision.architecture import mobilenet_v2_blocks

CUT = 7  # of MobileNetV2's layers: up to stride 8


def seed_network(
    width: float = 1.0, size: int = 96, classes: int = 4, seed: int = 0, task: str = "classify"
) -> bytes:
    """Return the file's bytes; for "detect" one of the `classes` is the background."""
    b = ModelBuilder(seed)
    relu = {"activation": "RELU", "zero_point": -128}

    def block(x: Tensor, out: int, stride: int, expand: int) -> Tensor:
        y = b.conv(x, x.shape[3] * expand, (1, 1), **relu) if expand > 1 else x
        if stride == 2:
            y = b.pad(y, [(0, 0), (1, 1), (1, 1), (0, 0)])
        y = b.depthwise(y, stride=(stride, stride), padding="VALID" if stride == 2 else "SAME", **relu)
        y = b.conv(y, out, (1, 1))
        return b.add(x, y) if stride == 1 and x.shape == y.shape else y

    x = b.pad(b.input((1, size, size, 3)), [(0, 0), (1, 1), (1, 1), (0, 0)])
    stem, *rows = mobilenet_v2_blocks(width)[:CUT]
    x = b.conv(x, stem.channels, (3, 3), (2, 2), padding="VALID", **relu)
    for row in rows:
        x = block(x, row.channels, row.stride, row.expand)
    x = b.conv(x, 32, (1, 1), **relu)
    x = b.conv(x if task == "detect" else b.mean(x), classes, (1, 1))
    return b.finish(b.same("SOFTMAX", x))


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(seed_network(float(sys.argv[1]), task=(sys.argv[3:] or ["classify"])[0]))
