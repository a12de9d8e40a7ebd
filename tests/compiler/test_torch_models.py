"""What PyTorch users bring, through ONNX and onnx2tf: such networks compile, and give the bytes of the interpreters.

A minute or two each on an idle computer, most of it in the conversion.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.oracles import lite_outputs, micro_outputs, random_inputs

from tinyml.compiler.check.host import HostModel

# The hard sigmoids of MobileNetV3 become RELU_0_TO_1, which TFLite-Micro does not run.
JUDGES = {"classifier": lite_outputs, "detector": micro_outputs}


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", JUDGES)
def test_a_network_of_pytorch_gives_the_bytes_of_the_interpreters(name: str, tmp_path: Path) -> None:
    if any(importlib.util.find_spec(package) is None for package in ("torchvision", "onnx2tf")):
        pytest.skip("PyTorch and onnx2tf are not installed (pip install 'tinyml[train]')")
    script = Path(__file__).parents[1] / "support" / "torch_models.py"
    subprocess.run([sys.executable, script, name, tmp_path], check=True, capture_output=True)
    path = tmp_path / "model_int8.tflite"
    inputs = random_inputs(path.read_bytes(), 5)
    expected = [one.reshape(-1) for one in JUDGES[name](path.read_bytes(), inputs)]
    assert len({one.tobytes() for one in expected}) == len(expected)  # or a constant would pass
    for mode in ("frame", "rows"):
        with HostModel(path, input_mode=mode) as host:
            np.testing.assert_array_equal([host.run(one) for one in inputs], expected)
