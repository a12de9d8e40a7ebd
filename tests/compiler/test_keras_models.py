"""What Keras users bring: the networks of keras.applications compile, and give the bytes of TFLite-Micro.

The slow tests take 20 s (MobileNetV2) to 2 minutes (ResNet50V2) each on a busy computer.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from support.keras_models import WIDTHS
from support.tflite_builder import ModelBuilder

from tinyml.compiler.check.verify import verify


def test_a_convolution_of_a_vector_that_was_reshaped(tmp_path: Path) -> None:
    b = ModelBuilder()
    x = b.conv(b.input((1, 6, 5, 3)), 8)
    gate = b.dense(b.mean(x), 8, 8, (1, 8))  # of two axes, as in Keras's squeeze and excitation
    gate = b.reshape(gate, (1, 1, 1, 8))
    gate = b.same("LOGISTIC", b.conv(b.conv(gate, 4, (1, 1)), 8, (1, 1)))
    (tmp_path / "gate.tflite").write_bytes(b.finish(b.mul(x, gate)))
    assert verify(tmp_path / "gate.tflite", count=5).different == 0


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", WIDTHS)
def test_a_network_of_keras_gives_the_bytes_of_tflite_micro(name: str, tmp_path: Path) -> None:
    pytest.importorskip("tensorflow", reason="TensorFlow is not installed (pip install 'tinyml[train]')")
    script = Path(__file__).parents[1] / "support" / "keras_models.py"
    path = tmp_path / f"{name}.tflite"
    subprocess.run([sys.executable, script, name, path], check=True, capture_output=True)
    found = verify(path, count=3)
    assert (found.inputs, found.different) == (3, 0), found.difference
    assert found.micro_arena_bytes and found.plan["arena_bytes"] < found.micro_arena_bytes / 2
