"""What the detector at width 0.35 takes: the generated C with its constants, and its RAM, below 40 KB each."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.seed_network import seed_network

TOOL = Path(__file__).parents[2] / "tools" / "measure_flash.py"
LIMIT_BYTES = 40 * 1024


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("flash") / "detector.tflite"
    path.write_bytes(seed_network(0.35, task="detect"))
    return path


def measure(*arguments: str | Path) -> tuple[int, list[int]]:
    """Return the exit status and the figures of the one model: .tflite, generated, constants, with kernels, RAM."""
    done = subprocess.run([sys.executable, TOOL, *arguments], capture_output=True, text=True, timeout=300)
    if "is not installed" in done.stderr:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert not done.stderr, done.stderr
    return done.returncode, [int(word.replace(",", "")) for word in done.stdout.splitlines()[1].split()[1:]]


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler")
def test_plain_c_fits_in_40_kb_with_its_kernels(detector: Path) -> None:
    status, (file_bytes, generated, constants, with_kernels, ram) = measure(
        "--limit", str(LIMIT_BYTES), detector
    )
    assert status == 0
    assert file_bytes == detector.stat().st_size
    assert constants < generated < with_kernels <= LIMIT_BYTES and ram <= LIMIT_BYTES
    assert measure("--limit", str(generated - 1), detector)[0] == 1


def test_the_esp32_fits_in_ram_and_trades_flash_for_speed(detector: Path) -> None:
    _, (_, generated, constants, with_kernels, ram) = measure("--board", "esp32cam", detector)
    assert ram <= LIMIT_BYTES
    assert constants < generated < with_kernels <= 80 * 1024, (
        "more than int16 weights, tables and the scheduled loops account for"
    )
