"""From a map of class probabilities to objects, in integers only: the firmware's `tv_centroids` computes the same.

A cell belongs to the most probable class that is not the background (the first one on a tie), where that reaches the
class's threshold. Cells of one class that touch, corners included, are one object.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Centroid:
    """One object: its class, its centre in 1/256 of a cell from the top left corner, its best score 0..255, its cells."""

    label: int
    x: int
    y: int
    score: int
    cells: int


def find_centroids(scores: np.ndarray, thresholds: Sequence[int]) -> list[Centroid]:
    """Return the objects in uint8 `scores` [H, W, 1 + classes] (int8 output + 128), in the order of their first cell.

    `thresholds`: 0..256 for each class without the background. The centre is the mean of the cells' centres, weighted
    by their scores and rounded half up.
    """
    objects = scores[:, :, 1:]
    labels = objects.argmax(axis=2)
    best = objects.max(axis=2).astype(int)
    active = best >= np.asarray(thresholds)[labels]
    height, width = active.shape
    waiting = active.copy()
    found = []
    for row, column in np.argwhere(active).tolist():
        if not waiting[row, column]:
            continue
        label = int(labels[row, column])
        waiting[row, column] = False
        stack, cells = [(row, column)], []
        while stack:
            y, x = stack.pop()
            cells.append((y, x))
            for near_y in range(max(y - 1, 0), min(y + 2, height)):
                for near_x in range(max(x - 1, 0), min(x + 2, width)):
                    if waiting[near_y, near_x] and labels[near_y, near_x] == label:
                        waiting[near_y, near_x] = False
                        stack.append((near_y, near_x))
        weights = [max(int(best[y, x]), 1) for y, x in cells]
        total = sum(weights)
        sum_x = sum(weight * (256 * x + 128) for weight, (_, x) in zip(weights, cells))
        sum_y = sum(weight * (256 * y + 128) for weight, (y, _) in zip(weights, cells))
        score = max(int(best[y, x]) for y, x in cells)
        found.append(
            Centroid(label, (sum_x + total // 2) // total, (sum_y + total // 2) // total, score, len(cells))
        )
    return found
