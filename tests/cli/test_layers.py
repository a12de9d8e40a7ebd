"""The light layer: without PyTorch and TensorFlow the compiler and the device side work, the rest names its extra."""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.damaged_tflite import models

from tinyml.errors import ToolchainError
from tinyml.layers import ADDS, EXTRAS, missing, require

WITHOUT = (
    "import sys\n"
    f"for name in {[name for names in EXTRAS.values() for name in names]!r}: sys.modules[name] = None\n"
    "from tinyml.cli import main\n"
    "main(sys.argv[1:])"
)


def light(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process that cannot import what the extras add."""
    whole_lines = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    return subprocess.run(
        [sys.executable, "-c", WITHOUT, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env=whole_lines,
    )


@pytest.mark.parametrize(
    "arguments",
    [["--version"], ["boards"], ["data", "list"], ["--help"], ["estimate", "--width", "0.1", "--size", "32"]],
)
def test_what_needs_no_model(arguments: list[str]) -> None:
    done = light(*arguments)
    assert done.returncode == 0, done.stderr


def test_compile_and_verify(tmp_path: Path) -> None:
    model = tmp_path / "model.tflite"
    model.write_bytes(models()[0])
    done = light("compile", str(model), "--out", str(tmp_path), "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["macs"] > 0, done.stderr
    done = light("verify", str(model), "--count", "3", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["bit_exact"], done.stderr


@pytest.mark.parametrize("arguments", [["train", "fruit"], ["evaluate", "x"], ["export", "x"], ["recipes"]])
def test_a_missing_part_is_one_message_that_names_its_extra(arguments: list[str]) -> None:
    done = light(*arguments)
    assert done.returncode == 1 and not done.stdout
    first, second = done.stderr.strip().splitlines()
    assert (
        "needs tinyml[train], which is not installed" in first
        and second == "try: pip install 'tinyml[train]'"
    )


@pytest.mark.parametrize("arguments", [["run", "fruit"], ["show", "x"], ["take", "x", "1"]])
def test_a_search_without_its_extra_is_one_message(arguments: list[str]) -> None:
    done = light("tune", *arguments)
    assert done.returncode == 1 and not done.stdout
    assert "needs tinyml[tune], which is not installed" in done.stderr and len(done.stderr.splitlines()) == 2


def test_each_extra_is_one_of_the_packages() -> None:
    assert set(EXTRAS) == set(ADDS)
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    for extra in EXTRAS:
        assert re.search(rf"^{extra} = \[", text, flags=re.M), extra
    assert importlib.metadata.version("tinyml")


def test_require(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert "torch" in missing("train")
    with pytest.raises(ToolchainError, match=r"pictures needs tinyml\[train\]"):
        require("train", "pictures")
