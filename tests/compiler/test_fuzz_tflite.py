"""Damaged .tflite files: only ModelError comes out, quickly and in little memory."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.damaged_tflite import models, mutant

TOOL = Path(__file__).parents[2] / "tools" / "fuzz_tflite.py"


def fuzz(*arguments: str, timeout_s: float) -> str:
    """Run the fuzzer; return what it printed, which must end in a count without failures."""
    result = subprocess.run(
        [sys.executable, TOOL, *arguments], capture_output=True, text=True, timeout=timeout_s
    )
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]
    return result.stdout


def test_some_damaged_files_are_refused_with_a_cure() -> None:
    printed = fuzz("--count", "400", "--seed", "1", "--jobs", "1", timeout_s=250)
    assert "no cure" not in printed and "'FAILED': 0" in printed


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_twenty_thousand_damaged_files() -> None:
    fuzz("--count", "20000", "--seed", "2", timeout_s=1400)


def test_the_same_number_gives_the_same_file() -> None:
    assert mutant(5, 17) == mutant(5, 17)
    assert sum(mutant(5, number) not in models() for number in range(60)) >= 55
