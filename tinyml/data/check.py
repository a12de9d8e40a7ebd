"""What can be said about a data set without a network: sizes, balance, boxes in cells, near duplicates."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from tinyml.contracts.data import Boxes, Crowded, Described, NearDuplicate, OddBox
from tinyml.data.alike import looks_of
from tinyml.data.pictures import picture_size
from tinyml.data.samples import Dataset, Sample
from tinyml.progress import track

CELL = 8  # pixels of the network's input
UNBALANCED = 5  # the most frequent class has this many times the pictures or boxes of the rarest


def all_samples(dataset: Dataset) -> list[tuple[str, Sample]]:
    """Return (split, sample) for every picture."""
    return [(split, sample) for split in dataset.splits for sample in dataset.split(split)]


def describe_pictures(dataset: Dataset) -> Described:
    """Return counts per class and split, the sizes of the pictures, and the balance of the classes."""
    sizes = Counter(picture_size(sample.path) for _, sample in track(all_samples(dataset), "measuring"))
    counted = dataset.box_counts("train") if dataset.box_classes else dataset.picture_counts("train")
    balance = max(counted.values()) / max(min(counted.values()), 1)
    return {
        "counts": {
            split: {
                "pictures": dataset.picture_counts(split),
                "boxes": dataset.box_counts(split),
                "unsorted": dataset.unsorted_counts(split),
                "total": len(dataset.split(split)),
            }
            for split in dataset.splits
        },
        "sizes": [
            {"width": width, "height": height, "pictures": n} for (width, height), n in sizes.most_common(20)
        ],
        "different_sizes": len(sizes),
        "balance": round(balance, 2),
        "unbalanced": balance >= UNBALANCED,
    }


def describe_boxes(dataset: Dataset, size: int, receptive_field: int) -> Boxes:
    """Return what a network of `size` pixels can see of the boxes: their sides in cells, too small, too large, too near.

    `receptive_field`: pixels that one cell sees. Pictures are taken as squashed to the square.
    """
    cells = size // CELL
    sides: dict[str, list[float]] = {name: [] for name in dataset.box_classes}
    small: list[OddBox] = []
    large: list[OddBox] = []
    crowded: list[Crowded] = []
    for _, sample in all_samples(dataset):
        centres: Counter[tuple[int, int]] = Counter()
        for box in sample.boxes:
            across, down = (box.right - box.left) * cells, (box.bottom - box.top) * cells
            sides[dataset.box_classes[box.label]].append(max(across, down))
            row: OddBox = {
                "file": str(sample.path),
                "class": dataset.box_classes[box.label],
                "cells": round(max(across, down), 2),
            }
            if max(across, down) < 1:
                small.append(row)
            if max(across, down) * CELL > receptive_field:
                large.append(row)
            x, y = (box.left + box.right) / 2 * cells, (box.top + box.bottom) / 2 * cells
            centres[min(int(x), cells - 1), min(int(y), cells - 1)] += 1
        if any(count > 1 for count in centres.values()):
            crowded.append({"file": str(sample.path), "objects": max(centres.values())})
    return {
        "input_size": size,
        "cells": cells,
        "receptive_field_pixels": receptive_field,
        "longer_side_in_cells": {
            name: [round(float(value), 2) for value in np.percentile(values, [0, 25, 50, 75, 100])]
            for name, values in sides.items()
            if values
        },
        "smaller_than_a_cell": small,
        "larger_than_the_receptive_field": large,
        "two_centres_in_one_cell": crowded,
    }


def near_duplicates(dataset: Dataset) -> list[NearDuplicate]:
    """Return the pairs of pictures that look nearly the same, those across splits or classes first.

    Each has `files`, `splits`, `classes` and `bits`, the perceptual hashes' difference of 64.
    """
    rows = all_samples(dataset)
    alike = looks_of([sample for _, sample in rows]).pairs()
    pairs = [_pair(dataset, rows[one], rows[other], bits) for one, other, bits in alike]
    return sorted(pairs, key=lambda pair: (not pair["leaks"], not pair["contradicts"], pair["bits"]))


def _pair(dataset: Dataset, one: tuple[str, Sample], other: tuple[str, Sample], bits: int) -> NearDuplicate:
    def kinds(sample: Sample) -> list[str]:
        if dataset.box_classes:
            return sorted({dataset.box_classes[box.label] for box in sample.boxes})
        return [] if sample.label is None else [dataset.classes[sample.label]]

    both: Sequence[tuple[str, Sample]] = (one, other)
    return {
        "files": [str(sample.path) for _, sample in both],
        "splits": [split for split, _ in both],
        "classes": [kinds(sample) for _, sample in both],
        "bits": bits,
        "leaks": one[0] != other[0],
        "contradicts": kinds(one[1]) != kinds(other[1]),
    }
