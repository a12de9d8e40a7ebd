"""corrections.toml: the boxes of pictures whose labels an audit by eye has changed; facts only, no pictures.

[train."apple_1.jpg"]
boxes = [["apple", 0.076, 0.18, 0.883, 1.0]]    # class, left, top, right, bottom as fractions: all of the picture's
reasons = ["moved"]                             # missing, spurious, class, merged, split, moved
doubt = "what was doubtful and how it was decided"
"""

from pathlib import Path
from typing import Any

from tinyml.data.samples import Box
from tinyml.errors import DataError
from tinyml.paths import read_toml

REASONS = ("missing", "spurious", "class", "merged", "split", "moved")


def read_corrections(path: Path, box_classes: tuple[str, ...]) -> dict[str, tuple[Box, ...]]:
    """Return {"split/file": boxes}; empty where there is no such file. Raises DataError that names a wrong row."""
    if not path.is_file():
        return {}
    found = {}
    for split, pictures in read_toml(path).items():
        for name, row in pictures.items():
            try:
                found[f"{split}/{name}"] = tuple(_box(values, box_classes) for values in row["boxes"])
                if not row["reasons"] or set(row["reasons"]) - set(REASONS):
                    raise ValueError(f"reasons {row['reasons']} are not of {', '.join(REASONS)}")
            except (KeyError, TypeError, ValueError) as error:
                raise DataError(
                    f"{path}: {split}/{name}: {error}",
                    cure="compare it with datasets/fruit/corrections.toml",
                ) from error
    return found


def _box(values: list[Any], box_classes: tuple[str, ...]) -> Box:
    name, left, top, right, bottom = values
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise ValueError(f"the box {values} is empty or outside the picture")
    return Box(box_classes.index(name), left, top, right, bottom)
