"""TFLite-Micro on this computer: its outputs, and the arena that it really needs."""

from pathlib import Path

import numpy as np

from tinyml.errors import ModelError
from tinyml.progress import track
from tinyml.reference import MicroModel


def run_tflm(model: Path, inputs: np.ndarray) -> np.ndarray:
    """Return int8 [N, ...]: TFLite-Micro's outputs for int8 inputs [N, H, W, C]."""
    micro = MicroModel(model)
    return np.stack([micro.run(values[None])[0][0] for values in track(inputs, "tflm", len(inputs))])


def measure_arena(model: Path) -> dict[str, int]:
    """Return TFLite-Micro's arena for `model` as it reports it: `arena_bytes`, `head_bytes` and `tail_bytes`.

    Raises ModelError where the model does not load.
    """
    micro = MicroModel(model)
    found = {name: getattr(micro, name) for name in ("arena_bytes", "head_bytes", "tail_bytes")}
    if None in found.values():
        raise ModelError(f"TFLite-Micro does not report its arena for {model}")
    return found
