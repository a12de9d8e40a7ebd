"""Counting instructions and cycles: exact, reproducible, within the limits that the kernels are held to."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.emulated import need
from support.golden_cycles import GOLDEN, WIDTHS, count_layers
from support.scripts import TOOLS, tool
from support.seed_network import seed_network


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
def test_no_layer_grows(tmp_path: Path) -> None:
    """Where a layer had to grow, or shrank: python tests/support/golden_cycles.py, and commit the file with the reason."""
    need("esp32_emulated")
    golden = json.loads(GOLDEN.read_text())["0.35"]
    counted = count_layers(0.35, tmp_path)
    compare = tool("compare_cycles")
    before, after = (compare.layers_of(counts, "cycles") for counts in (golden, counted))
    assert before.keys() == after.keys()
    lines, grown = compare.compare(before, after, percent=2.0)
    assert not grown, "\n".join(lines)


def test_the_golden_counts_are_within_the_limits() -> None:
    golden = json.loads(GOLDEN.read_text())
    assert golden.keys() == {str(width) for width in WIDTHS}
    cycles = {width: counts["cycles_per_inference"] for width, counts in golden.items()}
    assert cycles["1.0"] <= 40_000_000 and cycles["0.35"] <= 13_600_000


@pytest.mark.slow
def test_two_commits(tmp_path: Path) -> None:
    """The newest commit against itself, each from its own files: nothing changes."""
    need("esp32_emulated")
    root = TOOLS.parent
    if not (root / ".git").exists():
        pytest.skip("needs the repository: git archive")
    model = tmp_path / "model.tflite"
    model.write_bytes(seed_network(0.35, 32))
    command = [sys.executable, str(TOOLS / "compare_cycles.py"), "--model", str(model)]
    same = subprocess.run([*command, "HEAD", "HEAD"], capture_output=True, text=True)
    assert same.returncode == 0, same.stdout + same.stderr
    assert (
        "conv_2d_0" in same.stdout and same.stdout.count("+0.00 %") == len(same.stdout.splitlines()) - 2
    )  # two tables


def test_a_commit_that_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "model.tflite").write_bytes(b"")
    command = [sys.executable, str(TOOLS / "compare_cycles.py"), "HEAD", "no-such-commit"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 2, "needs --model"
    command = [sys.executable, str(TOOLS / "compare_cycles.py"), "no-such-commit", "HEAD"]
    failed = subprocess.run(
        [*command, "--model", "model.tflite"], cwd=tmp_path, capture_output=True, text=True
    )
    assert failed.returncode == 2
    assert "no-such-commit cannot be counted" in failed.stdout


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
        command = [sys.executable, str(TOOLS / "compare_cycles.py"), "before.json", "after.json"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True).returncode

    assert status(100) == 0
    assert status(102) == 0
    assert status(103) == 1
    assert status(100, "add_2") == 2
