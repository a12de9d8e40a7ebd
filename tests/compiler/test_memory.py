"""What training asks of the C library's memory."""

import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
import numpy as np
from tinyml.vision.memory import keep_memory
if sys.argv[1] == "keep":
    keep_memory()
np.ones(8 << 20)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(4):
    np.ones(8 << 20)  # 64 MiB
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks glibc")
def test_large_arrays_get_the_memory_that_others_left() -> None:
    faults = {
        choice: int(
            subprocess.run([sys.executable, "-c", FAULTS, choice], capture_output=True, check=True).stdout
        )
        for choice in ("keep", "plain")
    }
    assert faults["keep"] < 100 < faults["plain"]
