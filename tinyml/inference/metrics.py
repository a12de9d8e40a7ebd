"""How good a network's outputs are, from probabilities alone: the same figures for every stage, without torch.

A detection is right when its centroid falls in a box of its class that no better detection has taken.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np

from tinyml.contracts import Stage
from tinyml.contracts.run import Scores
from tinyml.data.pictures import picture_size
from tinyml.data.samples import Box, Dataset, Sample
from tinyml.inference.centroids import Centroid, find_centroids

# The metrics that people are shown, in order, with their headings; the first that a stage has judges its task.
MAIN_METRIC = {"classify": "accuracy", "detect": "f1"}  # what a task is judged by
TITLES = {
    "accuracy": "accuracy",
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "average_precision": "AP",
    "count_error": "count error",
}
RESAMPLES = 1000
AP_DISTANCES = (1 / 16, 1 / 8, 1 / 4)  # of the picture's side, between centroid and box centre
FLAT_F1 = 0.05  # F1 of a few dozen pictures says little about differences below this
AP_THRESHOLD = 13  # of 256: the score from which a cell is a candidate on the precision-recall curve


def evaluate(
    task: str,
    probabilities: np.ndarray,
    samples: Sequence[Sample],
    classes: Sequence[str],
    thresholds: Sequence[float] = (),
    fit: str = "squash",
) -> Stage:
    """Return the metrics of `task` as plain numbers.

    `probabilities`: float [N, classes] for "classify", [N, H/8, W/8, 1 + classes] for "detect";
    `thresholds`: per class, 0..1, for "detect" (0.5 where none are given).
    """
    if task == "classify":
        return classification(probabilities, np.array([sample.label for sample in samples]), classes)
    boxes = [visible_boxes(sample, fit) for sample in samples]
    return detection(probabilities, boxes, classes, thresholds or [0.5] * len(classes))


def judge(
    task: str,
    probabilities: np.ndarray,
    dataset: Dataset,
    samples: Sequence[Sample],
    classes: Sequence[str],
    thresholds: Sequence[float] = (),
    fit: str = "squash",
) -> Stage:
    """Return the metrics of probabilities for `samples` of the test split, as `evaluate` does, by the original labels.

    Where the data set has audited boxes, their metrics stand beside them, under "audited".
    """
    measured = evaluate(task, probabilities, samples, classes, thresholds, fit)
    if task == "detect" and dataset.audited:
        audited = [dataset.with_audited_boxes(sample, "test") for sample in samples]
        measured["audited"] = evaluate(task, probabilities, audited, classes, thresholds, fit)
    return measured


def classification(probabilities: np.ndarray, labels: np.ndarray, classes: Sequence[str]) -> Stage:
    """Return accuracy with its 95 % interval, log loss, macro F1 and confusion; [N, classes] against labels [N]."""
    predicted = probabilities.argmax(1)
    confusion = np.zeros((len(classes), len(classes)), int)
    np.add.at(confusion, (labels, predicted), 1)
    right = (predicted == labels).astype(float)
    of_truth = np.clip(probabilities[np.arange(len(labels)), labels], 1e-7, 1)
    per_class = {
        name: _scores(
            confusion[i, i], confusion[:, i].sum() - confusion[i, i], confusion[i].sum() - confusion[i, i]
        )
        for i, name in enumerate(classes)
    }
    return {
        "pictures": len(labels),
        "accuracy": float(right.mean()),
        "accuracy_interval": wilson_interval(int(right.sum()), len(right)),
        "loss": float(-np.log(of_truth).mean()),
        "f1": float(np.mean([row["f1"] for row in per_class.values()])),
        "per_class": per_class,
        "confusion": confusion.tolist(),
        "confusion_labels": list(classes),
    }


def detection(
    probabilities: np.ndarray,
    boxes: Sequence[Sequence[Box]],
    classes: Sequence[str],
    thresholds: Sequence[float],
) -> Stage:
    """Return precision, recall, F1 (with its 95 % interval), count error, average precision and confusion.

    The interval is a bootstrap over these pictures: it says how F1 varies with the choice of test pictures. It knows nothing
    of other seeds, places or labellers, and with few pictures, or where all of them are right, it is too narrow.
    """
    found = [detect(cells, thresholds) for cells in probabilities]
    counts = np.zeros((len(boxes), len(classes), 3), int)  # right, wrong, missed
    confusion = np.zeros((len(classes) + 1, len(classes) + 1), int)  # the last row and column: nothing there
    for i, (objects, truth) in enumerate(zip(found, boxes)):
        matches, free = match(objects, truth, probabilities.shape[1:3])
        for centroid, box in zip(objects, matches):
            counts[i, centroid.label, 0 if box is not None else 1] += 1
            if box is not None:
                confusion[centroid.label, centroid.label] += 1
                continue
            taken = next(
                (other for other in free if _inside(centroid, other, probabilities.shape[1:3])), None
            )
            confusion[taken.label if taken else -1, centroid.label] += 1
            if taken:
                free.remove(taken)
        for box in free:
            confusion[box.label, -1] += 1
        for label in range(len(classes)):
            counts[i, label, 2] = sum(box.label == label for box in truth) - counts[i, label, 0]
    resampled = counts.sum(1)[_resamples(len(boxes))].sum(1)  # [resamples, 3]
    doubled = 2 * resampled[:, 0]
    f1 = doubled / np.maximum(doubled + resampled[:, 1] + resampled[:, 2], 1)
    count_errors = [abs(len(objects) - len(truth)) for objects, truth in zip(found, boxes)]
    return {
        "pictures": len(boxes),
        **_scores(*counts.sum((0, 1))),
        "f1_interval": _interval(f1),
        "count_error": float(np.mean(count_errors)),
        "average_precision": average_precision(probabilities, boxes, len(classes)),
        "per_class": {name: _scores(*counts[:, i].sum(0)) for i, name in enumerate(classes)},
        "confusion": confusion.tolist(),
        "confusion_labels": [*classes, "nothing"],
    }


def quantized(cells: np.ndarray) -> np.ndarray:
    """Return probabilities as uint8 in 1/256, as the int8 model gives them (plus 128)."""
    return np.clip(np.floor(cells * 256 + 0.5), 0, 255).astype(np.uint8)


def detect(cells: np.ndarray, thresholds: Sequence[float]) -> list[Centroid]:
    """Return the objects in one map of probabilities [H/8, W/8, 1 + classes]."""
    return find_centroids(quantized(cells), [threshold_step(value) for value in thresholds])


def threshold_step(threshold: float) -> int:
    """Return a threshold of 0..1 in 1/256, as the firmware compares it."""
    return round(threshold * 256)


def visible_boxes(sample: Sample, fit: str) -> list[Box]:
    """Return a sample's boxes in fractions of what the network sees; those whose centre it does not see are left out."""
    if fit == "squash":
        return list(sample.boxes)
    width, height = picture_size(sample.path)
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    moved = [
        Box(
            box.label,
            (box.left * width - left) / side,
            (box.top * height - top) / side,
            (box.right * width - left) / side,
            (box.bottom * height - top) / side,
        )
        for box in sample.boxes
    ]
    return [box for box in moved if 0 < box.left + box.right < 2 and 0 < box.top + box.bottom < 2]


def match(
    objects: Sequence[Centroid], boxes: Sequence[Box], grid: tuple[int, ...]
) -> tuple[list[Box | None], list[Box]]:
    """Return each object's box (None: wrong) and the boxes that were not found; the best score chooses first.

    `grid` is (rows, columns) of the map. Of several boxes around a centroid the smallest is taken.
    """
    free = sorted(boxes, key=lambda box: (box.right - box.left) * (box.bottom - box.top))
    matches: list[Box | None] = [None] * len(objects)
    for i in sorted(range(len(objects)), key=lambda i: -objects[i].score):
        for box in free:
            if box.label == objects[i].label and _inside(objects[i], box, grid):
                matches[i] = box
                free.remove(box)
                break
    return matches, free


def choose_thresholds(probabilities: np.ndarray, boxes: Sequence[Sequence[Box]], classes: int) -> list[float]:
    """Return per class the threshold in the middle of those that find well on these (validation) pictures.

    With a few dozen pictures the curve of F1 is flat and rough, and its highest point is luck: at either end of the flat part.
    So the mean of all thresholds is taken, each weighted by the exponential of its F1. Half of F1 is the class's own, half that
    of all classes together.
    """
    steps = np.arange(32, 248, 8)
    counts = np.zeros((classes, len(steps), 3), int)  # right, wrong, missed
    maps = quantized(probabilities)
    for label, (i, step) in product(range(classes), enumerate(steps.tolist())):
        thresholds = [256] * classes
        thresholds[label] = step
        for scores, row in zip(maps, boxes):
            truth = [box for box in row if box.label == label]
            matches, free = match(find_centroids(scores, thresholds), truth, scores.shape[:2])
            counts[label, i] += (
                sum(box is not None for box in matches),
                sum(box is None for box in matches),
                len(free),
            )

    def curve(counts: np.ndarray) -> np.ndarray:
        return np.array([_scores(*row)["f1"] for row in counts])

    pooled = curve(counts.sum(0))
    weights = [np.exp((curve(own) + pooled) / (2 * FLAT_F1)) for own in counts]
    return [round(float((row * steps).sum() / row.sum())) / 256 for row in weights]


def average_precision(probabilities: np.ndarray, boxes: Sequence[Sequence[Box]], classes: int) -> float:
    """Return the mean over classes and `AP_DISTANCES` of the area under the precision-recall curve."""
    rows, columns = probabilities.shape[1:3]
    found = [find_centroids(quantized(cells), [AP_THRESHOLD] * classes) for cells in probabilities]
    areas = []
    for label in range(classes):
        candidates = sorted(
            ((centroid, i) for i, row in enumerate(found) for centroid in row if centroid.label == label),
            key=lambda pair: -pair[0].score,
        )
        truth = [[_centre(box) for box in row if box.label == label] for row in boxes]
        total = sum(map(len, truth))
        for limit in AP_DISTANCES if total else ():
            free = [list(row) for row in truth]
            right = []
            for centroid, i in candidates:
                x, y = centroid.x / 256 / columns, centroid.y / 256 / rows
                near = min(free[i], key=lambda c: np.hypot(c[0] - x, c[1] - y), default=None)
                hit = near is not None and np.hypot(near[0] - x, near[1] - y) <= limit
                right.append(hit)
                if hit and near is not None:
                    free[i].remove(near)
            hits = np.cumsum(right)
            precision = hits / np.arange(1, len(hits) + 1)
            envelope = np.maximum.accumulate(precision[::-1])[::-1] if len(hits) else precision
            areas.append(float((envelope * np.array(right)).sum() / total) if len(hits) else 0.0)
    return float(np.mean(areas)) if areas else 0.0


def _centre(box: Box) -> tuple[float, float]:
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2


def _inside(centroid: Centroid, box: Box, grid: tuple[int, ...]) -> bool:
    x, y = centroid.x / 256 / grid[1], centroid.y / 256 / grid[0]
    return box.left <= x <= box.right and box.top <= y <= box.bottom


def _scores(right: int, wrong: int, missed: int) -> Scores:
    return {
        "precision": float(right / max(right + wrong, 1)),
        "recall": float(right / max(right + missed, 1)),
        "f1": float(2 * right / max(2 * right + wrong + missed, 1)),
        "right": int(right),
        "wrong": int(wrong),
        "missed": int(missed),
    }


def _resamples(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, count, (RESAMPLES, count))


def wilson_interval(right: int, count: int) -> list[float]:
    """Return the 95 % interval of a share by Wilson's score: true to few pictures and to shares of 0 and 1."""
    if not count:
        return [0.0, 1.0]
    share, z = right / count, 1.959964
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * (share * (1 - share) / count + z * z / (4 * count * count)) ** 0.5
    return [max(centre - half, 0.0), min(centre + half, 1.0)]


def _interval(values: np.ndarray) -> list[float]:
    low, high = np.percentile(values, [2.5, 97.5])
    return [float(low), float(high)]
