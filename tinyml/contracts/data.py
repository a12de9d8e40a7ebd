"""What check.json says of a data set's labels."""

from typing import NotRequired, TypedDict

from tinyml.contracts.values import Count, Share


class SplitCounts(TypedDict):
    """Pictures and boxes of one part of a data set, by class."""

    pictures: dict[str, Count]
    boxes: dict[str, Count]
    unsorted: dict[str, Count]
    total: Count


class Size(TypedDict):
    """How many pictures have this size, in pixels."""

    width: Count
    height: Count
    pictures: Count


class Described(TypedDict):
    """Counts, sizes and balance."""

    counts: dict[str, SplitCounts]
    sizes: list[Size]
    different_sizes: Count
    balance: float
    unbalanced: bool


# A box that a network cannot judge: its longer side, in cells.
OddBox = TypedDict("OddBox", {"file": str, "class": str, "cells": float})


class Crowded(TypedDict):
    """A picture with several centres in one cell."""

    file: str
    objects: Count


class Boxes(TypedDict):
    """What a network of `input_size` pixels can see of the boxes."""

    input_size: Count
    cells: Count
    receptive_field_pixels: Count
    longer_side_in_cells: dict[str, list[float]]
    smaller_than_a_cell: list[OddBox]
    larger_than_the_receptive_field: list[OddBox]
    two_centres_in_one_cell: list[Crowded]


class NearDuplicate(TypedDict):
    """Two pictures that look nearly the same; `bits` of 64 differ."""

    files: list[str]
    splits: list[str]
    classes: list[list[str]]
    bits: Count
    leaks: bool
    contradicts: bool


class SuspectRow(TypedDict):
    """A label to check; `box`: left, top, right, bottom as fractions."""

    kind: str
    file: str
    split: str
    sample: Count
    label: str
    suggested: str
    box: tuple[float, float, float, float]
    score: Share


class JudgedBy(TypedDict):
    """How the networks were trained that a label is held against."""

    folds: Count
    epochs: Count
    size: Count
    width: float
    weights: str


class Check(Described):
    """check.json"""

    name: str
    title: str
    format: str
    task: str
    remark: str
    notices: list[str]
    left_out: dict[str, list[str]]
    skipped: list[str]
    near_duplicates: list[NearDuplicate]
    boxes: Boxes | None
    suspects: list[SuspectRow] | None
    judged_by: NotRequired[JudgedBy]
