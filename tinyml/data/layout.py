"""Where in a folder or a zip file the pictures lie."""

from pathlib import Path

from tinyml.data.description import SPLITS
from tinyml.data.pictures import is_picture, open_zip

DEBRIS = {"__MACOSX"}  # what packers leave beside the data, like hidden files


def entries(path: Path) -> list[str]:
    """Return the sorted names in a folder, a zip file or a folder in a zip file; raises DataError for a damaged zip."""
    if path.is_dir():
        names = {child.name for child in path.iterdir()}
    else:
        archive = next(place for place in (path, *path.parents) if place.suffix == ".zip" and place.is_file())
        inside = path.relative_to(archive).parts
        members = (tuple(name.rstrip("/").split("/")) for name in open_zip(archive).namelist())
        names = {
            parts[len(inside)]
            for parts in members
            if parts[: len(inside)] == inside and len(parts) > len(inside)
        }
    return sorted(name for name in names if name not in DEBRIS and not name.startswith("."))


def unwrapped(path: Path) -> Path:
    """Return the folder that holds the data: in `path` itself, or in a folder around everything, as packers make one.

    A lone folder with pictures in it is a class, and a lone train/ or test/ a split: they stay.
    """
    while True:
        names = entries(path)
        inner = path / names[0] if len(names) == 1 and names[0] not in SPLITS else None
        if inner is None or inner.is_file() or is_picture(names[0]):
            return path
        within = entries(inner)
        if not within or any(map(is_picture, within)):
            return path
        path = inner


def splits_in(path: Path) -> list[str]:
    """Return which of the folders train/ and test/ a folder or a zip file has."""
    names = entries(path)
    return [split for split in SPLITS if split in names]
