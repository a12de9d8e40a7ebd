"""Labels and places of pictures, changed: the steps that write boxes, move pictures between classes and splits, delete them."""

import hashlib
import re
import time
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from tinyml.data.layout import folded, split_name
from tinyml.data.pictures import picture_frames
from tinyml.data.voc_file import VocObject, voc_bytes
from tinyml.errors import DataError
from tinyml.studio.history import Move, Step, Write, content_of
from tinyml.studio.library import Library, Listing, class_of, split_of
from tinyml.studio.place import Place
from tinyml.workflow.capture import LABEL

MOST_BOXES = 2000
SPLITS = ("train", "validation", "test")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def class_name(name: str, task: str) -> str:
    """Return a class's name, trimmed; raises DataError for one that is none, or that would be taken for a split."""
    name = name.strip()
    if task == "detect":
        if not name or len(name) > 100 or CONTROL.search(name):
            raise DataError(
                f"'{name[:40]}' is no name for a class", cure="give it 1 to 100 printable letters"
            )
        return name
    if not LABEL.fullmatch(name) or len(name) > 100:
        raise DataError(
            f"'{name[:40]}' is no name for a class: it becomes the name of a folder",
            cure='begin with a letter or a digit, and leave out / \\ : * ? " < > | and a full stop at the end',
        )
    if split_name(name):
        raise DataError(
            f"a class called '{name}' would be taken for a split of the data set", cure="choose another name"
        )
    return name


def annotation_file(library: Library, listing: Listing, name: str) -> Path:
    """Return where a picture's XML file is or goes: where the other pictures of its folder have theirs, else beside it."""
    if name in listing.files:
        return library.inside(listing.tree.path(listing.files[name]))
    own = PurePosixPath(name)
    place = own.parent
    for picture, file in listing.files.items():
        if PurePosixPath(picture).parent == own.parent:
            place = PurePosixPath(file).parent
            break
    return library.inside(listing.tree.path((place / own.name).as_posix()).with_suffix(".xml"))


def revision(content: bytes | None) -> str:
    """Return what tells one content of an annotation from another; "" where there is none."""
    return "" if content is None else hashlib.sha256(content).hexdigest()[:16]


def write_boxes(
    library: Library, listing: Listing, name: str, objects: Sequence[VocObject], expected: str
) -> tuple[list[Step], str]:
    """Return the step that writes a picture's boxes, and the revision that it makes.

    expected: the revision that the page saw. Raises DataError where another program or page has changed the file since.
    """
    if listing.kind not in ("", "voc"):
        raise DataError(
            f"labels of this format ({listing.kind}) are shown, not changed",
            cure="make a copy as Pascal VOC: tinyml data convert SOURCE --to voc --out FOLDER",
        )
    if len(objects) > MOST_BOXES:
        raise DataError(f"{len(objects)} boxes in one picture", cure=f"keep to {MOST_BOXES:,}")
    path = annotation_file(library, listing, name)
    before = content_of(path)
    if revision(before) != expected:
        raise Changed(f"the labels of {name} were changed by another program or page")
    (stored_width, stored_height), orientation = picture_frames(library.inside(listing.tree.path(name)))
    turned = orientation >= 5
    width, height = (stored_height, stored_width) if turned else (stored_width, stored_height)
    if objects and (orientation in (2, 3, 4) or (turned and abs(width / height - 1) < 0.03)):
        raise DataError(
            f"{name} is turned by its EXIF orientation, and Pascal VOC cannot say that its boxes were drawn after turning",
            cure="save the picture upright (any editor does)",
        )
    after = voc_bytes(path.parent.name, PurePosixPath(name).name, width, height, objects, before or b"")
    return [Write(path, before, after)], revision(after)


class Changed(DataError):
    """Labels that are not those that the page saw; it reads them again."""

    def __init__(self, what: str) -> None:
        super().__init__(what, cure="look at the labels as they are now, and draw again")


def move_to_split(library: Library, listing: Listing, names: Iterable[str], split: str) -> list[Step]:
    """Return the steps that move pictures, with their XML files, into another split's folder."""
    if split not in SPLITS:
        raise DataError(f"unknown split '{split}'", cure=f"splits: {', '.join(SPLITS)}")
    if listing.listed or listing.given:
        raise DataError(
            "the splits of this folder are written in its own lists",
            cure="change them there, or convert the set",
        )
    if not listing.splits:
        raise DataError(
            "this folder has no splits yet", cure="keep the split that tinyml makes, then move pictures"
        )
    folder = split_folder(listing, split)
    steps: list[Step] = []
    taken: set[str] = set()
    for name in names:
        if split_of(listing, name) != split:
            parts = name.split("/")
            depth = listing.depth if listing.depth is not None else 0
            within = parts[depth + 1 :] if split_of(listing, name) else parts[depth:]
            steps += together(library, listing, name, "/".join([*parts[:depth], folder, *within]), taken)
    return steps


def split_folder(listing: Listing, split: str) -> str:
    """Return the name of a split's folder as the folder has it, else the plain name."""
    depth = listing.depth or 0
    for name in listing.tree.files:
        parts = name.split("/")[:-1]
        if len(parts) > depth and split_name(parts[depth]) == split:
            return parts[depth]
    return split


def move_to_class(library: Library, listing: Listing, names: Iterable[str], label: str | None) -> list[Step]:
    """Return the steps that move pictures into a class's folder; None: out of every class."""
    if listing.task != "classify" or not listing.editable:
        raise DataError("pictures of this folder have no classes of their own to change")
    steps: list[Step] = []
    taken: set[str] = set()
    for name in names:
        if class_of(listing, name) != label:
            split = name.split("/")[: listing.depth + 1] if listing.depth is not None else []
            split = split if split_of(listing, name) else []
            parts = [*split, *([label] if label else []), PurePosixPath(name).name]
            steps += together(library, listing, name, "/".join(parts), taken)
    return steps


def keep_split(library: Library, listing: Listing, test: set[str]) -> list[Step]:
    """Return the steps that move the pictures of `test` into test/ and all others into train/."""
    steps: list[Step] = []
    taken: set[str] = set()
    for name in listing.tree.pictures:
        split = "test" if name in test else "train"
        steps += together(library, listing, name, f"{split}/{name}", taken)
    return steps


def delete(library: Library, listing: Listing, names: Iterable[str], place: Place) -> list[Step]:
    """Return the steps that move pictures and their XML files into the trash, by the paths that they had."""
    trash = place.trash / f"{time.strftime('%Y%m%d-%H%M%S')}-{time.monotonic_ns() % 10**6:06}"
    steps: list[Step] = []
    for name in names:
        for file in files_of(listing, name):
            steps.append(Move(library.inside(listing.tree.path(file)), trash / file))
    return steps


def files_of(listing: Listing, name: str) -> list[str]:
    """Return a picture and, where it has one, its XML file; raises DataError where the folder has no such picture."""
    if name not in listing.tree.pictures:
        raise DataError(f"there is no picture '{name}' in this folder", cure="reload the page")
    return [name, listing.files[name]] if name in listing.files else [name]


def together(library: Library, listing: Listing, name: str, target: str, taken: set[str]) -> list[Step]:
    """Return the steps that move a picture to `target`, and its XML file to the same place beside it or its folder's.

    Another name is taken where the target is: `one_2.jpg`.
    """
    files = files_of(listing, name)
    picture = PurePosixPath(free_name(listing, target, taken))
    steps: list[Step] = [Move(library.inside(listing.tree.path(name)), listing.tree.path(picture.as_posix()))]
    for file in files[1:]:
        old, own = PurePosixPath(file), PurePosixPath(name)
        place = picture.parent
        if old.parent != own.parent and old.parent.name != own.parent.name:
            place = picture.parent.parent / old.parent.name  # images/one.jpg, annotations/one.xml
        moved = listing.tree.path((place / f"{picture.stem}{old.suffix}").as_posix())
        steps.append(Move(library.inside(listing.tree.path(file)), moved))
    return steps


def free_name(listing: Listing, target: str, taken: set[str]) -> str:
    """Return `target`, or the next name with a number whose picture and XML file nothing else has; notes it in `taken`."""
    path = PurePosixPath(target)
    known = listing.tree.by_folded_name
    number = 1
    while True:
        name = path if number == 1 else path.with_name(f"{path.stem}_{number}{path.suffix}")
        keys = {folded(name.as_posix()), folded(name.with_suffix(".xml").as_posix())}
        stem = folded(name.with_suffix("").as_posix())
        if not (keys & known.keys() or stem in taken):
            taken.add(stem)
            return name.as_posix()
        number += 1
