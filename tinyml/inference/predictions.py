"""A network's probabilities for one picture, in words: a class, or the objects found."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
import numpy.typing as npt

from tinyml.inference.metrics import detect


@dataclass(frozen=True)
class Detection:
    """An object in a picture: its centroid in fractions of what the network sees, and how many cells it fills."""

    label: str
    x: float
    y: float
    score: float
    cells: int


@dataclass(frozen=True)
class Prediction:
    """What a run says about one picture: `label`, `score` and `probabilities` where it classifies, else `detections`."""

    label: str | None = None
    score: float | None = None
    probabilities: dict[str, float] = field(default_factory=dict)
    detections: tuple[Detection, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Return plain data for JSON: the fields of the run's task alone."""
        if self.label is None:
            return {"detections": [asdict(detection) for detection in self.detections]}
        return {"label": self.label, "score": self.score, "probabilities": self.probabilities}

    def __str__(self) -> str:
        if self.label is not None:
            return f"{self.label} {self.score:.0%}"
        return ", ".join(f"{found.label} {found.score:.0%}" for found in self.detections) or "nothing"


def detections(
    cells: npt.NDArray[np.float32], classes: Sequence[str], thresholds: Sequence[float]
) -> tuple[Detection, ...]:
    """Return the objects in one map of probabilities [H/8, W/8, 1 + classes]."""
    rows, columns = cells.shape[:2]
    return tuple(
        Detection(
            classes[found.label],
            found.x / 256 / columns,
            found.y / 256 / rows,
            found.score / 256,
            found.cells,
        )
        for found in detect(cells, thresholds)
    )


def interpret(
    probabilities: npt.NDArray[np.float32], task: str, classes: Sequence[str], thresholds: Sequence[float]
) -> Prediction:
    """Return what the probabilities of one picture say: [classes], or [H/8, W/8, 1 + classes] for the task "detect"."""
    if task == "detect":
        return Prediction(detections=detections(probabilities, classes, thresholds))
    best = int(probabilities.argmax())
    shares = {name: float(value) for name, value in zip(classes, probabilities)}
    return Prediction(classes[best], float(probabilities[best]), shares)
