"""What PyTorch users bring, through ONNX and onnx2tf: such networks compile, and give the bytes of TFLite-Micro.

A minute or two each on an idle computer, most of it in the conversion.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tinyml.compiler.check.verify import verify


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ["classifier", "detector"])
def test_a_network_of_pytorch_gives_the_bytes_of_tflite_micro(name: str, tmp_path: Path) -> None:
    if any(importlib.util.find_spec(package) is None for package in ("torchvision", "onnx2tf")):
        pytest.skip("PyTorch and onnx2tf are not installed (pip install 'tinyml[train]')")
    script = Path(__file__).parents[1] / "support" / "torch_models.py"
    subprocess.run([sys.executable, script, name, tmp_path], check=True, capture_output=True)
    for mode in ("frame", "rows"):
        found = verify(tmp_path / "model_int8.tflite", count=5, input_mode=mode)
        assert (found.inputs, found.different) == (5, 0), found.difference
    assert found.micro_arena_bytes and found.plan["arena_bytes"] < found.micro_arena_bytes
