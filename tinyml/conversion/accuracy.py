"""The same test pictures through every stage, from the trained network to the C that runs on the board."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinyml.contracts import Accuracy, read_checked
from tinyml.contracts import Stage as Metrics
from tinyml.contracts.run import metric_of
from tinyml.files import write_text
from tinyml.inference.metrics import MAIN_METRIC

REFERENCE = "tflite_int8"  # the stage that defines the bytes; all after it must give the same
LOSS_TO_WARN_OF = 0.01


@dataclass(frozen=True)
class Stage:
    """What one stage computed for the test pictures.

    `outputs`: probabilities float32 [N, classes] or [N, H/8, W/8, 1 + classes], or int8 codes of them.
    """

    name: str
    outputs: np.ndarray
    scale: float = 1 / 256
    zero_point: int = -128

    @property
    def quantized(self) -> bool:
        """Whether `outputs` are int8 codes."""
        return self.outputs.dtype == np.int8

    @property
    def probabilities(self) -> np.ndarray:
        """float32 of `outputs`' shape."""
        if not self.quantized:
            return self.outputs
        return ((self.outputs.astype(np.float32) - self.zero_point) * self.scale).astype(np.float32)


def compare(stages: Sequence[Stage], judge: Callable[[np.ndarray], Metrics]) -> dict[str, Metrics]:
    """Return the rows of accuracy.json by stage, in order.

    Each row holds what `judge` says of the stage's probabilities, `max_abs_difference` of a probability to the
    stage before, and from `tflite_int8` on `bit_exact`: whether every byte equals that stage's.
    """
    rows: dict[str, Metrics] = {}
    verdict: Metrics = {}
    before: Stage | None = None
    reference: Stage | None = None
    for stage in stages:
        if before is None or not np.array_equal(stage.probabilities, before.probabilities):
            verdict = judge(stage.probabilities)
        row = verdict.copy()
        if before is not None:
            row["max_abs_difference"] = float(np.abs(stage.probabilities - before.probabilities).max())
        if stage.name == REFERENCE:
            reference = stage
        if reference is not None:
            row["bit_exact"] = bool(np.array_equal(stage.outputs, reference.outputs))
        rows[stage.name] = row
        before = stage
    return rows


def warnings(rows: Mapping[str, Metrics], task: str) -> list[str]:
    """Return what the user must know: int8 that loses more than a point, a stage whose bytes differ."""
    metric = MAIN_METRIC[task]
    found = []
    if REFERENCE in rows and "float" in rows:
        loss = metric_of(rows["float"], metric) - metric_of(rows[REFERENCE], metric)
        if loss > LOSS_TO_WARN_OF:
            found.append(
                f"int8 loses {loss * 100:.1f} points of {metric} "
                f"({metric_of(rows['float'], metric):.3f} -> {metric_of(rows[REFERENCE], metric):.3f}): "
                "train longer; on few test pictures it may be chance"
            )
    found += [
        f"{name} does not give the bytes of {REFERENCE}"
        for name, row in rows.items()
        if row.get("bit_exact") is False
    ]
    return found


def add_stage(path: Path, name: str, row: Metrics) -> None:
    """Put a row into the accuracy.json of an export, which otherwise stays as it is: its provenance is the export's."""
    accuracy = read_checked(path, Accuracy)
    accuracy["stages"][name] = row
    write_text(path, json.dumps(accuracy, indent=2, allow_nan=False) + "\n")
