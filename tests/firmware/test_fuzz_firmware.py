"""A part of the fuzzing that tools/fuzz_firmware.py does in full."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNS = 60_000


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("clang-22") is None, reason="no clang-22")
def test_command_parser_and_frame_path(tmp_path: Path) -> None:
    command = [
        sys.executable,
        str(ROOT / "tools" / "fuzz_firmware.py"),
        f"--runs={RUNS}",
        f"--folder={tmp_path}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"stat::number_of_executed_units: {RUNS}" in done.stderr


@pytest.mark.skipif(shutil.which("clang-22") is None, reason="no clang-22")
def test_the_fuzzer_sees_a_read_past_a_frame(tmp_path: Path) -> None:
    """Break the resize by one pixel: a fuzzer that does not notice would prove nothing."""
    firmware = tmp_path / "firmware"
    shutil.copytree(ROOT / "firmware", firmware, ignore=shutil.ignore_patterns(".pio*", "generated"))
    shutil.copytree(ROOT / "tests" / "fuzz", tmp_path / "tests" / "fuzz")
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    resize = firmware / "lib" / "tinyml_vision" / "src" / "resize.c"
    broken = resize.read_text().replace("resizer->left + x", "resizer->left + x + 1")
    assert broken != resize.read_text()
    resize.write_text(broken)
    script = tmp_path / "tools" / "fuzz_firmware.py"
    command = [sys.executable, str(script), "--runs=5000", f"--folder={tmp_path / 'fuzz'}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode != 0
    assert "heap-buffer-overflow" in done.stderr
