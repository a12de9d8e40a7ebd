"""Class folders: train/<class>/*.jpg and test/<class>/*.jpg, in a folder or a zip file."""

from collections import defaultdict
from pathlib import Path

from tinyml.data.description import SPLITS, Description
from tinyml.data.found import Found, unknown_class
from tinyml.data.pictures import is_picture, open_zip
from tinyml.data.samples import Sample
from tinyml.errors import DataError

Listing = dict[str, dict[str, list[Path]]]  # split -> class -> pictures


def _list_zip(archive: Path) -> Listing:
    """List the members `split/class/picture`; nothing is unpacked."""
    listing: Listing = {split: defaultdict(list) for split in SPLITS}
    for name in sorted(open_zip(archive).namelist()):
        parts = name.split("/")
        if len(parts) == 3 and parts[0] in listing and is_picture(name):
            listing[parts[0]][parts[1]].append(archive / name)
    return listing


def _list_folders(folders: dict[str, Path]) -> Listing:
    listing: Listing = {}
    for split, folder in folders.items():
        listing[split] = {
            child.name: sorted(path for path in child.iterdir() if is_picture(path.name))
            for child in sorted(folder.iterdir())
            if child.is_dir() and not child.name.startswith(".")
        }
    return listing


def read_class_folders(folders: dict[str, Path], description: Description, skip_bad: bool) -> Found:
    """Read {split: folder} of class folders; `folders["train"]` may be the train folder inside a zip file.

    Classes are the training split's folders, sorted; raises DataError for one that only the test split has.
    """
    archive = folders["train"].parent
    listing = _list_zip(archive) if archive.suffix == ".zip" and archive.is_file() else _list_folders(folders)
    classes = description.classes or tuple(sorted(name for name, paths in listing["train"].items() if paths))
    found = Found(classes)
    for split, by_class in listing.items():
        for name, pictures in by_class.items():
            if name in classes:
                found.samples[split] += [Sample(path, classes.index(name)) for path in pictures]
            elif pictures:
                with found.skipping(skip_bad):
                    raise unknown_class(name, pictures[0].parent, classes)
    if empty := [name for name in classes if not listing["train"].get(name)]:
        raise DataError(
            f"no training picture of {', '.join(empty)} in {folders['train']}",
            cure="add pictures of each class, or remove the class",
        )
    return found
