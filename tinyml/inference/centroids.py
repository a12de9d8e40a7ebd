"""From a map of class probabilities to objects, in integers only: the firmware's `tv_centroids` computes the same.

A cell belongs to the most probable class that is not the background (the first one on a tie), where that reaches the
class's threshold. Seen as a landscape of scores, each peak is an object, and the cells that lead up to it are its own: the
watershed of Vincent and Soille (1991), from the top down. Neighbours that touch so stay two objects, where connected
cells would be one. A peak that rises less than `PROMINENCE` above the pass to a higher one is noise, and part of that one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

PROMINENCE = 16  # of 256; int8's rounding moves a score by one or two


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
    found = []
    for cells in basins(best, labels, active):
        weights = [max(int(best[y, x]), 1) for y, x in cells]
        total = sum(weights)
        sum_x = sum(weight * (256 * x + 128) for weight, (_, x) in zip(weights, cells))
        sum_y = sum(weight * (256 * y + 128) for weight, (y, _) in zip(weights, cells))
        score = max(int(best[y, x]) for y, x in cells)
        label = int(labels[cells[0]])
        found.append(
            Centroid(label, (sum_x + total // 2) // total, (sum_y + total // 2) // total, score, len(cells))
        )
    return found


def basins(best: np.ndarray, labels: np.ndarray, active: np.ndarray) -> list[list[tuple[int, int]]]:
    """Return the cells (row, column) of each object, in the order of the first of them.

    Cells are placed from the highest score down, earlier ones first on a tie; each joins its highest placed neighbour of
    the same class. Where it also touches a second object, it is the pass between the two.
    """
    height, width = active.shape
    parents: dict[tuple[int, int], tuple[int, int]] = {}

    def peak_of(cell: tuple[int, int]) -> tuple[int, int]:
        while parents[cell] != cell:
            cell = parents[cell]
        return cell

    def rank(cell: tuple[int, int]) -> tuple[int, tuple[int, int]]:
        return (-int(best[cell]), cell)

    cells = [(row, column) for row, column in np.argwhere(active).tolist()]
    for row, column in sorted(cells, key=rank):
        placed = [
            (y, x)
            for y in range(max(row - 1, 0), min(row + 2, height))
            for x in range(max(column - 1, 0), min(column + 2, width))
            if (y, x) in parents and labels[y, x] == labels[row, column]
        ]
        peak = peak_of(min(placed, key=rank)) if placed else (row, column)
        parents[row, column] = peak
        for neighbour in placed:
            higher, lower = sorted((peak, peak_of(neighbour)), key=rank)
            if higher != lower and best[lower] - best[row, column] < PROMINENCE:
                parents[lower] = peak = higher
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for cell in cells:
        found.setdefault(peak_of(cell), []).append(cell)
    return list(found.values())
