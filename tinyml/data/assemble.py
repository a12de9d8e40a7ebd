"""From what a format's reader found to a data set: splits, classes, boxes in the picture's frame, and what to report."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

from tinyml.data.description import SPLITS
from tinyml.data.formats import FORMATS, Format
from tinyml.data.formats.reading import CORRECT, FRACTIONS, Labelled, Reading
from tinyml.data.layout import split_at, split_depth
from tinyml.data.pictures import HEIC, heic_is_readable, picture_frames
from tinyml.data.samples import Box, Sample
from tinyml.errors import DataError

Edges = tuple[float, float, float, float]
MIXED = "mixed"  # the class of a picture that shows several kinds, where the data set declares it
EDGE_PIXELS = 1.5  # a box may stand out of its frame by so much: tools count from 0 or from 1
ALIKE = 0.02  # the share by which two sizes' shapes may differ and be those of one picture, scaled
FIRST = 3  # how many names a sentence gives


def label_all(reading: Reading, kind: str, negatives: bool) -> dict[str, list[Labelled]]:
    """Return {split: pictures}; "" holds those of a set without splits.

    Raises DataError for pictures that lack an annotation, and for whole splits that do; with `negatives` such pictures
    show nothing.
    """
    tree, form = reading.tree, FORMATS[kind]
    if not heic_is_readable():
        reading.leave_out(
            "HEIC pictures, which need an extra: pip install 'tinyml[heic]'", *tree.with_suffixes(*HEIC)
        )
    unreadable = {name for names in reading.left_out.values() for name in names}
    labelled = [row for row in form.read(reading) if row.picture not in unreadable]
    depth = split_depth(tree.pictures, whole=not form.boxes)
    splits = {row.picture: row.split or split_at(row.picture, depth) for row in labelled}
    used = {name for names in reading.left_out.values() for name in names} | set(splits) | reading.bad
    bare = [name for name in tree.pictures if name not in used]
    labelled += _without_annotation(reading, form, bare, splits, depth, negatives)
    by_split: dict[str, list[Labelled]] = defaultdict(list)
    for row in sorted(labelled, key=lambda row: row.picture):
        by_split[splits.get(row.picture) or row.split or split_at(row.picture, depth)].append(row)
    _settle_unnamed(reading, by_split)
    return dict(by_split)


def _without_annotation(
    reading: Reading,
    form: Format,
    bare: list[str],
    splits: dict[str, str],
    depth: int | None,
    negatives: bool,
) -> list[Labelled]:
    """Account for the pictures without an annotation; return those that count as pictures without objects."""
    tree = reading.tree
    if negatives and form.boxes:
        return [Labelled(name, name) for name in bare]
    known = set(splits.values())
    for split in (*SPLITS, "validation"):
        unlabelled = [name for name in bare if split_at(name, depth) == split]
        if unlabelled and known and split not in known:
            folder = "/".join(unlabelled[0].split("/")[: (depth or 0) + 1])
            raise DataError(
                f"{tree.path(folder)} holds {len(unlabelled)} pictures without labels, and none with: {_first(unlabelled)}",
                cure=f"label them as in training ({form.words}), or give the training folder alone and let tinyml split it",
            )
    with_labels = {PurePosixPath(name).parent for name in splits}
    for name in bare:
        if not form.annotation:
            reading.leave_out(f"without a label ({form.words})", name)
        elif PurePosixPath(name).parent not in with_labels:
            reading.leave_out("in folders without any annotation", name)
    missing = [name for name in bare if form.annotation and PurePosixPath(name).parent in with_labels]
    if missing and not reading.skip_bad:
        more = f", nor have {len(missing) - 1} more pictures" if len(missing) > 1 else ""
        raise DataError(
            f"{tree.path(missing[0]).with_suffix(form.annotation)} does not exist, so "
            f"{PurePosixPath(missing[0]).name} has no annotation{more}",
            cure="if they show none of the objects, treat them as pictures without objects with --negatives; else annotate "
            "them, remove them, or leave them out with --skip-bad",
        )
    reading.skipped += [f"{tree.path(name)} has no annotation" for name in missing]
    return []


def _settle_unnamed(reading: Reading, by_split: dict[str, list[Labelled]]) -> None:
    """Find a place for pictures of no split in a set that has splits."""
    unnamed = by_split.get("", [])
    if not unnamed or len(by_split) == 1:
        return
    listed = any(row.split for rows in by_split.values() for row in rows)
    del by_split[""]
    if listed and set(by_split) == {"train"}:
        by_split["test"] = [replace(row, split="test") for row in unnamed]
        reading.notices.append(
            f"{len(unnamed)} pictures that the list of training pictures leaves out are for testing"
        )
    else:
        reading.leave_out(f"outside {', '.join(sorted(by_split))}", *(row.picture for row in unnamed))


def names_in(rows: Iterable[Labelled], boxes: bool) -> tuple[str, ...]:
    """Return the names of all classes of pictures, or of all boxes, sorted."""
    if boxes:
        return tuple(sorted({item.name for row in rows for item in row.objects}))
    return tuple(sorted({row.label for row in rows if row.label}))


def make_samples(
    reading: Reading,
    form: Format,
    rows: list[Labelled],
    classes: tuple[str, ...],
    box_classes: tuple[str, ...],
) -> list[Sample]:
    """Return the samples of one split; raises DataError by name for a wrong box or class, or skips with `skip_bad`."""
    samples = []
    frames = Frames(form)
    if not form.boxes:
        by_class: dict[str, list[Labelled]] = defaultdict(list)
        for row in rows:
            by_class[row.label or ""].append(row)
        for name, alike in by_class.items():
            with reading.skipping():
                if name not in classes:
                    raise unknown_class(name, str(reading.tree.path(alike[0].picture).parent), classes)
                samples += [Sample(reading.tree.path(row.picture), classes.index(name)) for row in alike]
        return samples
    for row in rows:
        with reading.skipping():
            boxes = tuple(
                Box(_index(reading, row, item.name, box_classes), *edges)
                for item, edges in zip(row.objects, frames.fractions(reading, row))
            )
            samples.append(
                Sample(
                    reading.tree.path(row.picture), _label(reading, row, boxes, classes, box_classes), boxes
                )
            )
    reading.notices += frames.notices()
    return samples


def _index(reading: Reading, row: Labelled, name: str, box_classes: tuple[str, ...]) -> int:
    if name not in box_classes:
        raise unknown_class(name, str(reading.tree.path(row.source)), box_classes)
    return box_classes.index(name)


def _label(
    reading: Reading,
    row: Labelled,
    boxes: tuple[Box, ...],
    classes: tuple[str, ...],
    box_classes: tuple[str, ...],
) -> int | None:
    path = reading.tree.path(row.picture)
    if reading.description.label_from == "prefix":
        prefix = path.stem.split("_")[0]
        if prefix not in classes:
            raise unknown_class(prefix, str(path), classes)
        return classes.index(prefix)
    kinds = {box.label for box in boxes}
    if len(kinds) == 1:
        name = box_classes[kinds.pop()]
        return classes.index(name) if name in classes else None
    return classes.index(MIXED) if kinds and MIXED in classes else None


def unknown_class(name: str, place: str, classes: tuple[str, ...]) -> DataError:
    """Return the error for a class that the data set does not have."""
    alike = next((other for other in classes if other.casefold() == name.casefold()), "")
    return DataError(
        f"{place} is of class '{name}', which the data set does not have (it has {', '.join(classes) or 'none'})",
        cure=f"write it '{alike}', as the training pictures do: the two differ only in case"
        if alike
        else "correct the name, add the class to the training pictures, or remove it",
    )


class Frames:
    """Boxes from the frame they were drawn in to fractions of the upright picture, and an account of what was done."""

    def __init__(self, form: Format) -> None:
        self.form = form
        self.turned: list[str] = []
        self.scaled: list[str] = []
        self.stretched: list[str] = []
        self.exchanged: list[str] = []
        self.assumed: list[str] = []

    def fractions(self, reading: Reading, row: Labelled) -> list[Edges]:
        """Return the edges of a picture's boxes in fractions 0..1; raises DataError that names the annotation."""
        raw, orientation = picture_frames(reading.tree.path(row.picture))
        if not row.objects:
            return []
        upright = (raw[1], raw[0]) if orientation >= 5 else raw
        frame = row.frame or (raw[0], raw[1])
        turn = orientation != 1 and self._was_drawn_unturned(reading, row, raw, upright)
        if orientation != 1 and not turn and row.frame is None:
            frame = upright
        if row.frame not in (None, FRACTIONS):
            self._compare(row, frame, raw if turn else upright)
        if turn:
            self.turned.append(row.picture)
        return [
            self._edges(reading, row, number, frame, orientation if turn else 1)
            for number in range(len(row.objects))
        ]

    def _compare(self, row: Labelled, frame: tuple[float, float], size: tuple[int, int]) -> None:
        if frame != size:
            alike = abs(frame[0] * size[1] / (frame[1] * size[0]) - 1) <= ALIKE
            (self.scaled if alike else self.stretched).append(row.picture)

    def _was_drawn_unturned(
        self, reading: Reading, row: Labelled, raw: tuple[int, int], upright: tuple[int, int]
    ) -> bool:
        """Tell whether the boxes of a picture that EXIF turns are those of the picture as stored.

        The stated size tells; else what the boxes do not fit into; else the format's habit. Raises DataError.
        """
        if row.frame is not None and row.frame != FRACTIONS and raw != upright:
            fits_raw, fits_upright = (
                abs(row.frame[0] * size[1] / (row.frame[1] * size[0]) - 1) <= ALIKE for size in (raw, upright)
            )
        elif row.frame is None and raw != upright:
            right, bottom = (max(item.edges[place] for item in row.objects) for place in (2, 3))
            fits_raw, fits_upright = (
                right <= size[0] + EDGE_PIXELS and bottom <= size[1] + EDGE_PIXELS for size in (raw, upright)
            )
        else:
            fits_raw = fits_upright = True
        if fits_raw != fits_upright:
            return fits_raw
        if self.form.upright:
            self.assumed.append(row.picture)
            return False
        raise DataError(
            f"{reading.tree.path(row.source)}: its picture is turned by its EXIF orientation, and nothing tells whether "
            "the boxes were drawn before or after turning",
            cure="save the picture upright (any editor does) and check its boxes, or train with --skip-bad",
        )

    def _edges(
        self, reading: Reading, row: Labelled, number: int, frame: tuple[float, float], orientation: int
    ) -> Edges:
        item = row.objects[number]
        left, top, right, bottom = item.edges
        if (left > right or top > bottom) and left != right and top != bottom:
            self.exchanged.append(row.source)
            left, top, right, bottom = min(left, right), min(top, bottom), max(left, right), max(top, bottom)
        edges = turned((left / frame[0], top / frame[1], right / frame[0], bottom / frame[1]), orientation)
        kept = tuple(min(max(edge, 0.0), 1.0) for edge in edges)
        if not (kept[0] < kept[2] and kept[1] < kept[3]):
            shown = "{:g}, {:g}, {:g}, {:g}".format(*item.edges)
            raise DataError(
                f"{reading.tree.path(row.source)}: the box ({shown}) of '{item.name}' is empty "
                f"or outside the picture of {frame[0]:g} x {frame[1]:g}",
                cure=CORRECT,
            )
        return kept[0], kept[1], kept[2], kept[3]

    def notices(self) -> list[str]:
        """Return a sentence for each thing that was done to boxes."""
        told = {
            "pictures are turned by EXIF and their boxes are not: the boxes were turned too": self.turned,
            "pictures are turned by EXIF; their boxes were taken as drawn on the turned picture": self.assumed,
            "pictures have another size than their annotations state: boxes were scaled": self.scaled,
            "pictures have another shape than their annotations state: boxes were stretched with them; look at the sheet": (
                self.stretched
            ),
            "boxes had left and right or top and bottom exchanged: put right": self.exchanged,
        }
        return [f"{len(names)} {words} ({_first(names)})" for words, names in told.items() if names]


def turned(edges: Edges, orientation: int) -> Edges:
    """Return the edges (in fractions) of a box once its picture is turned by its EXIF orientation, 1 to 8."""
    left, top, right, bottom = edges
    if orientation in (2, 3):
        left, right = 1 - right, 1 - left
    if orientation in (3, 4):
        top, bottom = 1 - bottom, 1 - top
    if orientation >= 5:  # transposed, then mirrored
        left, top, right, bottom = top, left, bottom, right
        if orientation in (6, 7):
            left, right = 1 - right, 1 - left
        if orientation in (7, 8):
            top, bottom = 1 - bottom, 1 - top
    return left, top, right, bottom


def class_notices(
    samples: dict[str, list[Sample]],
    classes: tuple[str, ...],
    box_classes: tuple[str, ...],
    names: tuple[str, ...],
) -> list[str]:
    """Return what the user should know about the classes: untested ones, alike except for case, listed but never used."""
    told = []
    for every, what, count in (
        (box_classes, "box", lambda rows: Counter(box.label for row in rows for box in row.boxes)),
        (() if box_classes else classes, "picture", lambda rows: Counter(row.label for row in rows)),
    ):
        counts = {split: count(rows) for split, rows in samples.items()}
        if untested := [name for place, name in enumerate(every) if not counts["test"][place]]:
            told.append(
                f"no test {what} of {', '.join(untested)}: how well it is recognized cannot be measured"
            )
        if few := [name for place, name in enumerate(every) if not counts["train"][place]]:
            told.append(f"no training {what} of {', '.join(few)}")
        folded: dict[str, list[str]] = defaultdict(list)
        for name in every:
            folded[name.casefold().strip()].append(name)
        for alike in folded.values():
            if len(alike) > 1:
                told.append(
                    f"the classes {' and '.join(alike)} differ only in case: rename one if they are the same"
                )
    if box_classes and (unused := [name for name in names if name not in box_classes]):
        told.append(
            f"the classes {', '.join(unused)} are listed but no training box has them: they are left out"
        )
    return told


def left_out_notices(left_out: dict[str, list[str]]) -> list[str]:
    """Return a sentence for each reason, with the first names."""
    return [f"{len(names)} left out, {reason}: {_first(names)}" for reason, names in left_out.items()]


def _first(names: list[str]) -> str:
    distinct = list(dict.fromkeys(names))
    return ", ".join(distinct[:FIRST]) + (" ..." if len(distinct) > FIRST else "")
