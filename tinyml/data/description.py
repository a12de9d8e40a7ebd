"""dataset.toml: what a data set is, where a copy of it may lie, and how many pictures a whole copy has."""

from dataclasses import dataclass, field
from pathlib import Path

from tinyml.contracts import typed
from tinyml.errors import DataError
from tinyml.paths import read_toml, share_dir

SPLITS = ("train", "test")


@dataclass(frozen=True)
class Copy:
    """A form in which a data folder may hold the data set: a folder or a zip file, with a remark about it."""

    path: str
    remark: str = ""


@dataclass(frozen=True)
class Fetch:
    """Where `tinyml data fetch` gets the data set: a Kaggle handle, or an archive with its SHA-256."""

    kaggle: str = ""
    url: str = ""
    sha256: str = ""
    layout: str = "folders"  # a row of `LAYOUTS` in fetch.py


@dataclass(frozen=True)
class Description:
    """One data set: names, format, expected counts, and where to find it."""

    name: str
    title: str
    format: str  # a row of `FORMATS`
    source: str = ""
    licence: str = ""
    classes: tuple[str, ...] = ()  # of pictures; empty: taken from the training split
    box_classes: tuple[str, ...] = ()  # of boxes; empty: taken from the training split, or none
    label_from: str = "boxes"  # voc: "boxes" (the only kind in the picture) or "prefix" (apple_12.jpg)
    mixed: str = ""  # the class of pictures that show several of the others, where there is one
    copies: tuple[Copy, ...] = ()
    expected_pictures: dict[str, dict[str, int]] = field(default_factory=dict)  # split -> class -> count
    expected_boxes: dict[str, dict[str, int]] = field(default_factory=dict)
    fetch: Fetch | None = None
    render: dict[str, int] = field(default_factory=dict)  # of the embedded default: train, test, size, seed


def dataset_names() -> tuple[str, ...]:
    """Return the names of all described data sets, sorted."""
    return tuple(sorted(path.parent.name for path in share_dir("datasets").glob("*/dataset.toml")))


def read_description(path: Path, name: str) -> Description:
    """Read a dataset.toml; raises DataError that says which field is wrong."""
    description = typed(
        read_toml(path),
        Description,
        path,
        cure="compare it with datasets/fruit/dataset.toml",
        error=DataError,
        name=name,
    )
    if description.label_from not in ("boxes", "prefix"):
        raise DataError(
            f"{path}: label_from is '{description.label_from}'", cure='use label_from = "boxes" or "prefix"'
        )
    if description.mixed and description.mixed not in description.classes:
        raise DataError(f"{path}: mixed is '{description.mixed}'", cure="name one of `classes`")
    for expected in (description.expected_pictures, description.expected_boxes):
        if unknown := set(expected) - set(SPLITS):
            raise DataError(f"{path}: unknown split {', '.join(sorted(unknown))}", cure="use train and test")
    return description


def load_description(name: str) -> Description:
    """Return the description of the data set `name`; raises DataError where there is none."""
    if name not in dataset_names():
        raise DataError(
            f"no data set called '{name}', and no folder or zip file of that name",
            cure=f"data sets: {', '.join(dataset_names())}; or give the path of a folder of pictures",
        )
    return read_description(share_dir("datasets") / name / "dataset.toml", name)
