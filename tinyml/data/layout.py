"""Where in a folder or a zip file the pictures lie."""

from pathlib import Path

from tinyml.data.description import SPLITS
from tinyml.data.pictures import archive_of, is_picture, open_zip

DEBRIS = {"__MACOSX"}  # what packers leave beside the data, like hidden files


def entries(path: Path) -> dict[str, bool]:
    """Return {name: whether it is a folder} for a folder, a zip file or a folder in one; raises DataError for a damaged zip."""
    archive = archive_of(path)
    found: dict[str, bool] = {}
    if archive is None:
        found = {child.name: child.is_dir() for child in path.iterdir()}
    else:
        inside = "".join(f"{part}/" for part in path.relative_to(archive).parts)
        for member in open_zip(archive).namelist():
            if member.startswith(inside):
                name, slash, _ = member.removeprefix(inside).partition("/")
                found[name] = found.get(name, False) or bool(slash)
    return {
        name: folder
        for name, folder in found.items()
        if name and name not in DEBRIS and not name.startswith(".")
    }


def unwrapped(path: Path) -> Path:
    """Return the folder that holds the data: `path` itself, or one in it around everything, as packers make one.

    A lone folder with pictures in it is a class, and a lone train/ or test/ a split: they stay.
    """
    while True:
        found = entries(path)
        lone = next(iter(found), "")
        if len(found) != 1 or not found[lone] or lone in SPLITS:
            return path
        within = entries(path / lone)
        if not within or any(map(is_picture, within)):
            return path
        path /= lone


def splits_in(path: Path) -> list[str]:
    """Return which of the folders train/ and test/ a folder or a zip file has."""
    found = entries(path)
    return [split for split in SPLITS if found.get(split)]
