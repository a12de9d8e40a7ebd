"""Labels that networks which never saw them disagree with: likely missing, spurious, swapped and merged boxes, ranked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinyml.contracts.data import SuspectRow
from tinyml.data.samples import Box, Sample
from tinyml.inference.centroids import find_centroids
from tinyml.inference.metrics import quantized

LOWEST = 64  # of 256: the score from which a peak may be an object without a box
INNER = 0.7  # of a box: where an object's cells are
APART = 0.35  # of a box's sides: peaks nearer to each other are one object


@dataclass(frozen=True)
class Suspect:
    """One label to check: what may be wrong with it, where (fractions of the view), and how strongly it is suspected, 0..1."""

    kind: str  # "missing", "spurious", "swapped" or "merged"; "class" for whole pictures
    sample: int  # its place among the samples
    label: str  # as it stands; for "missing" what seems to be there
    suggested: str  # what the networks say instead; "" nothing
    box: tuple[float, float, float, float]  # left, top, right, bottom
    score: float

    def row(self, file: str, split: str) -> SuspectRow:
        """Return its row in check.json; `file` and `split` are those of its sample."""
        return {
            "kind": self.kind,
            "sample": self.sample,
            "label": self.label,
            "suggested": self.suggested,
            "box": self.box,
            "score": self.score,
            "file": file,
            "split": split,
        }


def suspect_boxes(samples: Sequence[Sample], outputs: np.ndarray, classes: Sequence[str]) -> list[Suspect]:
    """Return the suspects among boxes, the likeliest first; `outputs`: held-out [N, rows, columns, 1 + classes]."""
    found: list[Suspect] = []
    for number, (sample, cells) in enumerate(zip(samples, outputs)):
        for box in sample.boxes:
            found += _of_box(number, box, cells, classes)
        found += _missing(number, sample.boxes, cells, classes)
    return ranked(found)


def suspect_pictures(samples: Sequence[Sample], outputs: np.ndarray, classes: Sequence[str]) -> list[Suspect]:
    """Return the pictures whose class is doubtful, the likeliest first; `outputs`: held-out [N, classes]."""
    found = []
    for number, (sample, shares) in enumerate(zip(samples, outputs)):
        best = int(shares.argmax())
        if sample.label is not None and best != sample.label:
            score = float(shares[best] - shares[sample.label])
            found.append(
                Suspect("class", number, classes[sample.label], classes[best], (0.0, 0.0, 1.0, 1.0), score)
            )
    return ranked(found)


def ranked(found: list[Suspect]) -> list[Suspect]:
    """Return suspects so that each kind's likeliest come first, kind by kind in turn.

    Scores of different kinds cannot be compared: an object that is hard to see looks like a spurious box.
    """
    turns: list[tuple[int, float, Suspect]] = []
    for kind in {suspect.kind for suspect in found}:
        alike = sorted((row for row in found if row.kind == kind), key=lambda row: -row.score)
        # Merged bunches are rare, and a guess from peaks alone: every third turn.
        turns += [(turn * (3 if kind == "merged" else 1), -row.score, row) for turn, row in enumerate(alike)]
    return [row for _, _, row in sorted(turns, key=lambda turn: turn[:2])]


def _inside(cells: np.ndarray, box: Box, share: float = 1.0) -> np.ndarray:
    """Return which cells [rows, columns] have their centre in the inner `share` of a box; at least the centre's own."""
    rows, columns = cells.shape[:2]
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    across, down = (box.right - box.left) * share / 2, (box.bottom - box.top) * share / 2
    right = np.abs((np.arange(columns) + 0.5) / columns - x) <= across
    below = np.abs((np.arange(rows) + 0.5) / rows - y) <= down
    right[min(int(x * columns), columns - 1)] = below[min(int(y * rows), rows - 1)] = True
    return below[:, None] & right[None, :]


def _of_box(number: int, box: Box, cells: np.ndarray, classes: Sequence[str]) -> list[Suspect]:
    edges = (box.left, box.top, box.right, box.bottom)
    inner = cells[_inside(cells, box, INNER)]  # [cells, 1 + classes]
    there = float(1 - inner[:, 0].min())
    found = [Suspect("spurious", number, classes[box.label], "", edges, 1 - there)]
    evidence = np.square(inner[:, 1:]).sum(0)
    other = int(np.argmax(np.where(np.arange(len(classes)) == box.label, -1, evidence)))
    if len(classes) > 1:
        share = float(evidence[other] / max(evidence[other] + evidence[box.label], 1e-9))
        found.append(Suspect("swapped", number, classes[box.label], classes[other], edges, share * there))
    only = np.where(_inside(cells, box)[..., None], cells, np.eye(cells.shape[-1])[0])  # background elsewhere
    peaks = find_centroids(quantized(only), [LOWEST] * len(classes))
    peaks = sorted((peak for peak in peaks if peak.label == box.label), key=lambda peak: -peak.score)
    for peak in peaks[1:2]:
        across = abs(peak.x - peaks[0].x) / 256 / cells.shape[1] / (box.right - box.left)
        down = abs(peak.y - peaks[0].y) / 256 / cells.shape[0] / (box.bottom - box.top)
        if max(across, down) >= APART:
            found.append(Suspect("merged", number, classes[box.label], "several", edges, peak.score / 256))
    return found


def _missing(number: int, boxes: Sequence[Box], cells: np.ndarray, classes: Sequence[str]) -> list[Suspect]:
    """Return the peaks outside every box, each with a box around its cells."""
    rows, columns = cells.shape[:2]
    labelled = np.zeros((rows, columns), bool)
    for box in boxes:
        labelled |= _inside(cells, box)
    found = []
    for peak in find_centroids(quantized(cells), [LOWEST] * len(classes)):
        x, y = peak.x / 256 / columns, peak.y / 256 / rows
        if not labelled[min(int(y * rows), rows - 1), min(int(x * columns), columns - 1)]:
            half = max(peak.cells, 1) ** 0.5 / 2
            edges = (x - half / columns, y - half / rows, x + half / columns, y + half / rows)
            clipped = tuple(min(max(edge, 0.0), 1.0) for edge in edges)
            name = classes[peak.label]
            found.append(Suspect("missing", number, name, name, clipped, peak.score / 256))  # type: ignore[arg-type]
    return found
