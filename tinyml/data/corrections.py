"""corrections.toml: the boxes of pictures whose labels an audit by eye has changed; facts only, no pictures.

[train."apple_1.jpg"]
boxes = [["apple", 0.076, 0.18, 0.883, 1.0]]    # class, left, top, right, bottom as fractions: all of the picture's
reasons = ["moved"]                             # missing, spurious, class, merged, split, moved
doubt = "what was doubtful and how it was decided"
"""

from pathlib import Path
from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta

from tinyml.contracts import held_to
from tinyml.data.samples import Box
from tinyml.errors import DataError
from tinyml.paths import read_toml

CURE = "compare it with datasets/fruit/corrections.toml"
Reason = Literal["missing", "spurious", "class", "merged", "split", "moved"]


class Correction(TypedDict):
    """The boxes of one picture: class, left, top, right, bottom; and why they are other than the original ones."""

    boxes: list[tuple[str, float, float, float, float]]
    reasons: Annotated[list[Reason], Meta(min_length=1)]
    doubt: NotRequired[str]


def read_corrections(path: Path, box_classes: tuple[str, ...]) -> dict[str, tuple[Box, ...]]:
    """Return {"split/file": boxes}; empty where there is no such file. Raises DataError that names a wrong row."""
    if not path.is_file():
        return {}
    found = {}
    splits = held_to(read_toml(path), dict[str, dict[str, dict[str, object]]], path, CURE, DataError)
    for split, pictures in splits.items():
        for name, table in pictures.items():
            row = held_to(table, Correction, f"{path}: {split}/{name}", CURE, DataError)
            try:
                found[f"{split}/{name}"] = tuple(_box(values, box_classes) for values in row["boxes"])
            except ValueError as error:
                raise DataError(f"{path}: {split}/{name}: {error}", cure=CURE) from error
    return found


def _box(values: tuple[str, float, float, float, float], box_classes: tuple[str, ...]) -> Box:
    name, left, top, right, bottom = values
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise ValueError(f"the box {values} is empty or outside the picture")
    return Box(box_classes.index(name), left, top, right, bottom)
