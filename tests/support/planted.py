"""Label errors that a test plants: boxes taken away, put where nothing is, and given another class."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tinyml.data.samples import Box, Sample
from tinyml.vision.suspects import Suspect

EACH = 20  # errors of a kind


@dataclass(frozen=True)
class Planted:
    """One error: its kind, the picture's place, and the box that is gone or wrong."""

    kind: str
    sample: int
    box: Box


def overlap(one: Sequence[float], other: Sequence[float]) -> float:
    """Return intersection over union of two (left, top, right, bottom)."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    both = max(across, 0) * max(down, 0)
    areas = [(edges[2] - edges[0]) * (edges[3] - edges[1]) for edges in (one, other)]
    return both / max(sum(areas) - both, 1e-9)


def edges(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom


def plant(samples: Sequence[Sample], classes: int, seed: int) -> tuple[list[Sample], list[Planted]]:
    """Return the samples with `EACH` errors of each kind, at most one a picture, and the errors."""
    random = np.random.default_rng(seed)
    changed, planted = list(samples), []
    order = random.permutation(len(samples)).tolist()
    for kind in ("missing", "spurious", "swapped"):
        count = 0
        while count < EACH:
            place = order.pop()
            boxes = list(changed[place].boxes)
            if kind == "spurious":
                width, height = random.uniform(0.15, 0.4, 2)
                left, top = random.uniform(0, 1 - width), random.uniform(0, 1 - height)
                new = Box(int(random.integers(classes)), left, top, left + width, top + height)
                if any(overlap(edges(new), edges(box)) > 0 for box in boxes):
                    order.insert(0, place)
                    continue
                boxes.append(new)
            elif not boxes:
                continue
            elif kind == "missing":
                new = boxes.pop(int(random.integers(len(boxes))))
            else:
                number = int(random.integers(len(boxes)))
                new = replace(
                    boxes[number],
                    label=int((boxes[number].label + 1 + random.integers(classes - 1)) % classes),
                )
                boxes[number] = new
            changed[place] = replace(changed[place], boxes=tuple(boxes))
            planted.append(Planted(kind, place, new))
            count += 1
    return changed, planted


def found(planted: Sequence[Planted], suspects: Sequence[Suspect]) -> list[Planted]:
    """Return the planted errors that a list of suspects points at, with the right kind, in the right place."""

    def points_at(suspect: Suspect, error: Planted) -> bool:
        if (suspect.kind, suspect.sample) != (error.kind, error.sample):
            return False
        if error.kind != "missing":
            return suspect.box == edges(error.box)
        x, y = (suspect.box[0] + suspect.box[2]) / 2, (suspect.box[1] + suspect.box[3]) / 2
        return error.box.left <= x <= error.box.right and error.box.top <= y <= error.box.bottom

    return [error for error in planted if any(points_at(suspect, error) for suspect in suspects)]
