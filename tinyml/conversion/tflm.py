"""TFLite-Micro on this computer, through its own wheel: its outputs, and the arena that it really needs."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np

from tinyml.errors import ModelError
from tinyml.progress import track

ARENA_BYTES = 16 * 1024 * 1024  # of the host: never the limit
# In a process of its own: the wheel writes its allocations to the process's standard error, from C++.
MEASURE = (
    "import sys; from tflite_micro import runtime;"
    "runtime.Interpreter.from_file(sys.argv[1], arena_size=int(sys.argv[2])).print_allocations()"
)


def run_tflm(model: Path, inputs: np.ndarray) -> np.ndarray:
    """Return int8 [N, ...]: TFLite-Micro's outputs for int8 inputs [N, H, W, C]."""
    from tflite_micro import runtime

    try:
        interpreter = runtime.Interpreter.from_file(str(model), arena_size=ARENA_BYTES)
    except RuntimeError as error:
        raise ModelError(
            f"TFLite-Micro refuses {model}: {error}", cure="see the operators it supports"
        ) from error
    outputs = []
    for values in track(inputs, "tflm", len(inputs)):
        interpreter.set_input(values[None], 0)
        interpreter.invoke()
        outputs.append(interpreter.get_output(0)[0].copy())
    return np.stack(outputs)


def measure_arena(model: Path) -> dict[str, int]:
    """Return TFLite-Micro's arena for `model` as it reports it: `arena_bytes`, `head_bytes` and `tail_bytes`.

    The head holds the feature maps (reused), the tail what stays. Pointers are the host's, of 8 bytes: on a 32-bit
    chip the tail is somewhat smaller. Raises ModelError where the model does not load.
    """
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(model), str(ARENA_BYTES)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    found = dict(re.findall(r"Arena allocation (total|head|tail) (\d+) bytes", done.stdout + done.stderr))
    if done.returncode or set(found) != {"total", "head", "tail"}:
        raise ModelError(f"TFLite-Micro refuses {model}: {done.stderr[-300:].strip()}")
    return {
        "arena_bytes": int(found["total"]),
        "head_bytes": int(found["head"]),
        "tail_bytes": int(found["tail"]),
    }
