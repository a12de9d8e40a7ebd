"""Counting instructions: exact, reproducible, within the limits that the kernels are held to."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from emulated import need
from seed_network import seed_network

TOOLS = Path(__file__).parent.parent / "tools"


def tool(name: str) -> ModuleType:
    """Load a script of tools/ as a module."""
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def counts(tmp_path: Path, width: float, board: str, kernels: str, size: int = 96) -> dict:
    """Count the seed network's instructions."""
    need(board)
    model = tmp_path / "model.tflite"
    model.write_bytes(seed_network(width, size))
    return tool("count_instructions").count(model, board, kernels, tmp_path / "build")


def test_the_same_count_every_time(tmp_path: Path) -> None:
    first = counts(tmp_path, 0.35, "esp32_emulated", "lx6", size=32)
    again = counts(tmp_path, 0.35, "esp32_emulated", "lx6", size=32)
    assert first == again
    layers = sum(layer["instructions"] for layer in first["layers"])
    assert layers == pytest.approx(first["instructions_per_inference"], rel=0.05)
    assert "all" in tool("count_instructions").table(first)


@pytest.mark.slow
def test_limits_on_the_esp32(tmp_path: Path) -> None:
    wide = counts(tmp_path, 1.0, "esp32_emulated", "lx6")
    plain = counts(tmp_path, 1.0, "esp32_emulated", "reference")
    narrow = counts(tmp_path, 0.35, "esp32_emulated", "lx6")
    assert wide["instructions_per_mac"] <= 2.0
    assert narrow["instructions_per_mac"] <= 2.9
    assert plain["instructions_per_inference"] >= 8 * wide["instructions_per_inference"]
    # Pointwise layers with 64 or more input channels: those that project.
    deep = [layer for layer in wide["layers"] if layer["macs"] >= 64 * layer["outputs"]]
    assert len(deep) == 5
    assert all(layer["instructions"] <= 1.3 * layer["macs"] for layer in deep)


@pytest.mark.slow
def test_limits_on_the_cortex_m4(tmp_path: Path) -> None:
    assert counts(tmp_path, 1.0, "cortex_m4_emulated", "cortex_m4")["instructions_per_mac"] <= 1.5


def test_growth_of_a_layer_fails(tmp_path: Path) -> None:
    layers = [{"name": "conv_2d_0", "instructions": 1000}, {"name": "add_1", "instructions": 100}]
    before = {"instructions_per_inference": 1100, "layers": layers}
    (tmp_path / "before.json").write_text(json.dumps(before))

    def status(instructions: int, name: str = "add_1") -> int:
        changed = [layers[0], {"name": name, "instructions": instructions}]
        after = {"instructions_per_inference": 1000 + instructions, "layers": changed}
        (tmp_path / "after.json").write_text(json.dumps(after))
        command = [sys.executable, str(TOOLS / "compare_instructions.py"), "before.json", "after.json"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True).returncode

    assert status(100) == 0
    assert status(102) == 0
    assert status(103) == 1
    assert status(100, "add_2") == 2
