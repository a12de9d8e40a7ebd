"""The fuzzer of devices, for a while: `tools/fuzz_device.py` runs it as long as you like."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "fuzz_device.py"


@pytest.mark.parametrize("sessions", [120, pytest.param(10_000, marks=pytest.mark.slow)])
def test_devices_that_lie(sessions: int) -> None:
    seed = random.SystemRandom().randrange(2**32)
    done = subprocess.run(
        [sys.executable, str(TOOL), "--sessions", str(sessions), "--seed", str(seed)],
        capture_output=True,
        text=True,
        timeout=280 if sessions < 1000 else 1700,  # seconds: just less than pytest's own
    )
    assert done.returncode == 0, done.stdout + done.stderr
