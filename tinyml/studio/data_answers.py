"""The page's questions about pictures and labels, and its changes to them; each answer is plain data or bytes."""

from typing import Annotated

import msgspec

from tinyml.data.formats import FORMATS
from tinyml.data.load import load_dataset
from tinyml.data.samples import Box
from tinyml.data.voc_file import VocObject
from tinyml.errors import DataError
from tinyml.studio import labels, uploads
from tinyml.studio.answers import (
    AcceptedLabels,
    Added,
    Done,
    DrawnLabels,
    FolderState,
    PictureLabels,
    Pictures,
    Told,
    Undoable,
)
from tinyml.studio.history import Change, content_of
from tinyml.studio.library import Listing, counts
from tinyml.studio.rows import Row
from tinyml.studio.studio import Ask, Studio

Fraction = Annotated[float, msgspec.Meta(ge=0, le=1)]
Names = Annotated[list[str], msgspec.Meta(min_length=1, max_length=200_000)]


class DrawnBox(msgspec.Struct):
    """A box as the page drew it; `before` is its place in the file, where it was there before."""

    label: str
    left: Fraction
    top: Fraction
    right: Fraction
    bottom: Fraction
    before: Annotated[int, msgspec.Meta(ge=0)] | None = None


class Drawn(msgspec.Struct):
    """All boxes of a picture, and the revision of its file that the page saw."""

    boxes: list[DrawnBox]
    revision: str


class AcceptedBoxes(msgspec.Struct):
    """A picture without labels, and the boxes that a model suggested for it."""

    name: str
    boxes: list[DrawnBox]


class Acceptance(msgspec.Struct):
    """Pictures whose suggestions are accepted together."""

    pictures: Annotated[list[AcceptedBoxes], msgspec.Meta(min_length=1, max_length=100)]


class Chosen(msgspec.Struct):
    """Pictures, and what is to become of them."""

    names: Names
    label: str | None = None
    split: str = ""


class Batch(msgspec.Struct):
    """A drop whose files have all come."""

    batch: str
    label: str | None = None
    split: str = ""


class Choice(msgspec.Struct):
    """What the page settles for the whole folder."""

    task: str = ""
    classes: list[str] | None = None


def state(studio: Studio, ask: Ask) -> FolderState:
    """Return the folder at a glance."""
    listing = studio.library.listing()
    return _state(studio, listing, studio.library.rows(listing))


def _state(studio: Studio, listing: Listing, rows: list[Row]) -> FolderState:
    return {
        "folder": str(studio.place.folder),
        "name": studio.place.folder.name,
        "kind": listing.kind,
        "words": FORMATS[listing.kind].words if listing.kind in FORMATS else "",
        "task": listing.task,
        "editable": listing.editable,
        "splits": listing.splits,
        "splits_listed": bool(listing.listed or listing.given),
        "classes": studio.library.classes(listing, rows),
        "counts": counts(rows, listing),
        "pending": studio.library.pending,
        **can_undo(studio),
    }


def can_undo(studio: Studio) -> Undoable:
    """Return what the buttons for undoing and redoing say."""
    done, undone = studio.history.done, studio.history.undone
    return {"undo": done[-1].words if done else "", "redo": undone[-1].words if undone else ""}


def pictures(studio: Studio, ask: Ask) -> Pictures:
    """Return every picture in brief, and the folder at a glance."""
    listing = studio.library.listing()
    rows = studio.library.rows(listing)
    return {"state": _state(studio, listing, rows), "pictures": [row.brief for row in rows]}


def labels_of(studio: Studio, ask: Ask) -> PictureLabels:
    """Return one picture's labels as they are in its file now."""
    listing = studio.library.listing()
    return _labels(studio, listing, studio.library.find(listing, ask.query.get("name", "")))


def _labels(studio: Studio, listing: Listing, row: Row) -> PictureLabels:
    seen = ""
    if listing.kind in ("", "voc"):
        seen = labels.revision(content_of(labels.annotation_file(studio.library, listing, row.name)))
    return {
        "name": row.name,
        "split": row.split,
        "label": row.label,
        "width": row.width,
        "height": row.height,
        "trouble": row.trouble,
        "revision": seen,
        "boxes": None
        if row.boxes is None
        else [
            {"label": name, "left": left, "top": top, "right": right, "bottom": bottom, "before": place}
            for place, (name, (left, top, right, bottom)) in enumerate(row.boxes)
        ],
    }


def draw(studio: Studio, ask: Ask) -> DrawnLabels:
    """Write a picture's boxes, as they are after one stroke, and return its labels."""
    drawn = ask.read(Drawn)
    name = ask.query.get("name", "")
    listing = studio.library.listing()
    row = studio.library.find(listing, name)
    steps, _ = labels.write_boxes(studio.library, listing, name, _objects(drawn.boxes), drawn.revision)
    studio.history.perform(f"boxes of {row.name}", [row.name], steps)
    listing = studio.library.listing()
    return {**_labels(studio, listing, studio.library.find(listing, name)), **can_undo(studio)}


def accept(studio: Studio, ask: Ask) -> AcceptedLabels:
    """Write the boxes of several pictures that had none, all or none, and return their labels."""
    accepted = ask.read(Acceptance).pictures
    names = [one.name for one in accepted]
    listing = studio.library.listing()
    steps: list[labels.Step] = []
    for one in accepted:
        studio.library.find(listing, one.name)
        steps += labels.write_boxes(studio.library, listing, one.name, _objects(one.boxes), "")[0]
    studio.history.perform(f"boxes of {_count(names)}", names, steps)
    listing = studio.library.listing()
    found = [_labels(studio, listing, studio.library.find(listing, name)) for name in names]
    return {"pictures": found, **can_undo(studio)}


def _objects(boxes: list[DrawnBox]) -> list[VocObject]:
    """Return boxes as they are written; those without an area are left out."""
    return [
        VocObject(
            labels.class_name(box.label, "detect"),
            Box(0, box.left, box.top, box.right, box.bottom),
            box.before,
        )
        for box in boxes
        if box.left < box.right and box.top < box.bottom
    ]


def delete(studio: Studio, ask: Ask) -> Done:
    """Move pictures, with their labels, into the trash."""
    chosen = ask.read(Chosen)
    listing = studio.library.listing()
    steps = labels.delete(studio.library, listing, chosen.names, studio.place)
    return _done(studio, f"deleting {_count(chosen.names)}", chosen.names, steps)


def set_class(studio: Studio, ask: Ask) -> Done:
    """Move pictures into a class's folder."""
    chosen = ask.read(Chosen)
    listing = studio.library.listing()
    label = None if chosen.label is None else labels.class_name(chosen.label, "classify")
    steps = labels.move_to_class(studio.library, listing, chosen.names, label)
    return _done(studio, f"{_count(chosen.names)} to {label or 'no class'}", chosen.names, steps, listing)


def set_split(studio: Studio, ask: Ask) -> Done:
    """Move pictures into another split."""
    chosen = ask.read(Chosen)
    listing = studio.library.listing()
    steps = labels.move_to_split(studio.library, listing, chosen.names, chosen.split)
    return _done(studio, f"{_count(chosen.names)} to {chosen.split}", chosen.names, steps, listing)


def keep_split(studio: Studio, ask: Ask) -> Done:
    """Make train/ and test/ of the pictures as tinyml would split them by itself."""
    listing = studio.library.listing()
    if listing.splits or not listing.editable:
        raise DataError("this folder has splits already")
    chosen = {sample.path for sample in load_dataset(studio.place.folder, skip_bad=True).test}
    kept = {name for name in listing.tree.pictures if listing.tree.path(name) in chosen}
    steps = labels.keep_split(studio.library, listing, kept)
    return _done(studio, "the split into train and test", sorted(kept), steps, listing)


def undo(studio: Studio, ask: Ask) -> Told:
    """Undo the last change."""
    return _told(studio, studio.history.undo())


def redo(studio: Studio, ask: Ask) -> Told:
    """Do again what was undone last."""
    return _told(studio, studio.history.redo())


def choose(studio: Studio, ask: Ask) -> FolderState:
    """Settle the task of an unlabelled folder, or the classes and their order."""
    choice = ask.read(Choice)
    listing = studio.library.listing()
    if choice.task:
        if choice.task not in ("detect", "classify"):
            raise DataError(f"unknown task '{choice.task}'", cure="tasks: detect, classify")
        if listing.task not in ("", choice.task) and listing.tree.pictures and _is_labelled(studio, listing):
            raise DataError(f"this folder's labels are for the task '{listing.task}'")
        studio.place.choose(task=choice.task)
        listing = studio.library.listing()
    if choice.classes is not None:
        names = [labels.class_name(name, listing.task or "detect") for name in choice.classes]
        studio.place.choose(classes=list(dict.fromkeys(names)))
    return state(studio, ask)


def _is_labelled(studio: Studio, listing: Listing) -> bool:
    return any(row.labelled for row in studio.library.rows(listing, wait=True))


def take_in(studio: Studio, ask: Ask) -> Added:
    """Bring a drop into the folder."""
    batch = ask.read(Batch)
    listing = studio.library.listing()
    try:
        taken = uploads.take_in(studio.place, listing, batch.batch, batch.label, batch.split)
        if taken.steps:
            studio.history.perform(f"adding {_count(taken.names)}", taken.names, taken.steps)
    finally:
        studio.drops.discard(batch.batch)
    return {"added": taken.names, "refused": taken.refused, **can_undo(studio)}


def _done(
    studio: Studio, words: str, names: list[str], steps: list[labels.Step], listing: Listing | None = None
) -> Done:
    if steps:
        studio.history.perform(words, names, steps)
    moved = {
        step.source.relative_to(listing.tree.root).as_posix(): step.target.relative_to(
            listing.tree.root
        ).as_posix()
        for step in steps
        if listing and isinstance(step, labels.Move)
    }
    return {"changed": bool(steps), "moved": moved, **can_undo(studio)}


def _told(studio: Studio, change: Change | None) -> Told:
    return {
        "words": change.words if change else "",
        "names": list(change.names) if change else [],
        **can_undo(studio),
    }


def _count(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} pictures"
