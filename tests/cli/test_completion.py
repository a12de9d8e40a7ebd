"""Shell completion: what the shell is told for half-typed runs, boards and data sets."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def offered(words: str, runs: Path) -> list[str]:
    """Return what bash would be told behind `words`, whose last word is unfinished."""
    environment = {
        **os.environ,
        "_TINYML_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
        "TINYML_RUNS": str(runs),
    }
    code = "from tinyml.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60
    )
    return [line.split(",")[1] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("tinyml tra", ["train"]),
        ("tinyml export app", ["apples"]),
        ("tinyml evaluate app", ["apples"]),
        ("tinyml build apples --target esp32_em", ["esp32_emulated"]),
        ("tinyml benchmark apples --emulate ho", ["host"]),
        ("tinyml train fru", ["fruit"]),
        ("tinyml data show fru", ["fruit"]),
    ],
)
def test_the_shell_is_told(words: str, expected: list[str], tmp_path: Path) -> None:
    (tmp_path / "apples").mkdir()
    (tmp_path / "apples" / "config.toml").write_text("")
    assert offered(words, tmp_path) == expected
