"""Class folders: <class>/*.jpg in train/ and test/, or without a split; in a folder or a zip file."""

from collections import defaultdict
from pathlib import Path

from tinyml.data.description import Description
from tinyml.data.formats.found import Found, unknown_class
from tinyml.data.pictures import archive_of, is_picture, open_zip
from tinyml.data.samples import Sample
from tinyml.errors import DataError

Listing = dict[str, dict[str, list[Path]]]  # split -> class -> pictures


def _list_zip(archive: Path, folders: dict[str, Path]) -> Listing:
    """List the members `class/picture` of each folder in the zip file; nothing is unpacked."""
    listing: Listing = {split: defaultdict(list) for split in folders}
    inside = {folder.relative_to(archive).parts: split for split, folder in folders.items()}
    for name in sorted(open_zip(archive).namelist()):
        *place, _ = parts = name.split("/")
        if len(parts) > 1 and tuple(place[:-1]) in inside and is_picture(name):
            listing[inside[tuple(place[:-1])]][place[-1]].append(archive / name)
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
    """Read {split: folder} of class folders; a folder may be a zip file, or one inside a zip file.

    Classes are the training split's folders, sorted; raises DataError for one that only the test split has.
    """
    archive = archive_of(folders["train"])
    listing = _list_zip(archive, folders) if archive else _list_folders(folders)
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
