"""The pictures of the folder as they lie there: splits, classes, boxes; read as the command line reads them."""

import contextlib
import functools
import os
import threading
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tinyml.data.assemble import Edges, Frames
from tinyml.data.description import Description
from tinyml.data.formats import FORMATS
from tinyml.data.formats.reading import Labelled, Reading
from tinyml.data.formats.voc import annotations, image_sets, read_annotation
from tinyml.data.layout import Tree, find_tree, folded, split_at, split_depth, split_name
from tinyml.data.load import guess_description
from tinyml.data.pictures import picture_size
from tinyml.errors import DataError, TinymlError
from tinyml.studio.answers import FolderCounts
from tinyml.studio.place import Place
from tinyml.studio.rows import Known, Row, Stamps, read_index, write_index
from tinyml.studio.turns import Turns

EDITABLE = ("voc", "folders")
SETTLED_NS = 100_000_000  # a folder that changed less ago may change again without another time stamp
UNSETTLED: tuple[str, tuple[int, ...]] = ("", ())
PATIENCE_S = 0.6  # for which an answer reads pictures itself: small folders come whole
MANY = 2000  # pictures, more than `PATIENCE_S` is enough for
FIRST = 100  # of so many, those that an answer still waits for: a screen of the grid
WORTH_KEEPING = 50  # pictures read anew, before the index is written again


@dataclass(frozen=True)
class Listing:
    """What the folder held at one moment."""

    tree: Tree
    kind: str  # a row of `FORMATS`; "" where nothing is labelled yet
    task: str  # "detect", "classify"; "" where nobody has chosen yet
    depth: int | None  # which part of the names is the split
    splits: tuple[str, ...]  # of their own; empty: tinyml splits
    files: dict[str, str]  # VOC: each picture's XML file
    given: dict[str, Labelled]  # other formats: what their reader found
    listed: dict[str, str]  # VOC: splits that lists of names give

    @property
    def editable(self) -> bool:
        return self.kind in ("", *EDITABLE)

    @functools.cached_property
    def how(self) -> str:
        """By which rules a picture's files become its row: what was read by others does not count."""
        given = hash(tuple(self.given.items())) if self.given else ""
        return f"{self.kind} {self.task} {self.depth} {sorted(self.listed.items())} {given}"


class Library:
    """The folder's pictures; each is read once and again when its files change. Safe to use from several threads."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._known: Known = {}
        self._how: str | None = None  # the rules by which what is known was read
        self.turns = Turns()
        self._lock = threading.Lock()
        self._listing = threading.Lock()
        self._reader: threading.Thread | None = None
        self._names: frozenset[str] = frozenset()  # of the pictures that the latest listing found
        self._root = place.folder
        self._latest: tuple[tuple[str, tuple[int, ...]], Listing] | None = None
        self.pending = 0  # pictures that are still to be read

    def listing(self) -> Listing:
        """Return what the folder holds now, listed again where a folder in it changed; raises DataError."""
        with self._listing:  # who asks while it is being listed waits for that
            if self._latest is None or self._latest[0] != self._folders_state():
                began = time.time_ns()
                self._latest = UNSETTLED, self._list()
                state = self._folders_state()
                if max(state[1]) < began - SETTLED_NS:
                    self._latest = state, self._latest[1]
            return self._latest[1]

    def _folders_state(self) -> tuple[str, tuple[int, ...]]:
        """Return what changes whenever a file is added, removed or renamed: the times of the folders' last changes."""
        assert self._latest is not None
        task = self.place.settings().get("task", "")
        tree = self._latest[1].tree
        files = [
            name
            for name in tree.files
            if name.endswith((".toml", ".json", ".csv", ".txt", ".yaml", ".labels"))
        ]
        places = [self.place.folder, tree.root, *map(tree.path, tree.folders), *map(tree.path, files)]
        return task, tuple(map(_changed, places))

    def _list(self) -> Listing:
        tree = find_tree(self.place.folder)
        self._root, self._names = tree.root, frozenset(tree.pictures)
        description = guess_description(self.place.folder, tree)
        kind = description.format if tree.pictures else ""
        chosen = self.place.settings().get("task", "")
        if kind == "folders" and (chosen == "detect" or not any(map(folders_of, tree.pictures))):
            kind = ""
        boxes = FORMATS[kind].boxes if kind in FORMATS else chosen == "detect"
        task = ("detect" if boxes else "classify") if kind else chosen
        if not kind and task:
            kind = "voc" if task == "detect" else "folders"
        depth = split_depth(tree.pictures, whole=not boxes)
        listed = image_sets(tree) if kind == "voc" else {}
        given = {} if kind in ("", *EDITABLE) else self._read_whole(tree, description)
        found = {split_at(name, depth) for name in tree.pictures} | set(listed.values()) - {""}
        found |= {row.split for row in given.values()}
        return Listing(
            tree,
            kind,
            task,
            depth,
            tuple(name for name in ("train", "validation", "test") if name in found),
            annotations(tree) if kind == "voc" else {},
            given,
            listed,
        )

    def _read_whole(self, tree: Tree, description: Description) -> dict[str, Labelled]:
        """Return what the reader of a format that has one file for many pictures finds."""
        reading = Reading(tree, description, skip_bad=True)
        return {row.picture: row for row in FORMATS[description.format].read(reading)}

    def warm(self) -> None:
        """Begin to read the folder, for the page that is about to ask."""

        def read() -> None:
            with contextlib.suppress(TinymlError):  # the page will hear of it
                listing = self.listing()
                self._read_behind(listing, self._known_rows(listing)[1])

        threading.Thread(target=read, daemon=True).start()

    def rows(self, listing: Listing, wait: bool = False) -> list[Row]:
        """Return every picture; those not read yet are read at once (`wait`), or as far as an answer may wait for them.

        The others come without labels, and are read in the background.
        """
        rows, missing = self._known_rows(listing)
        if missing and wait:
            self._read_all(listing, missing)
        elif missing:
            self._read_behind(listing, missing)
            self._read_some(listing, missing if len(missing) <= MANY else missing[:FIRST])
        if missing:
            rows, missing = self._known_rows(listing)
        self.pending = len(missing)
        return rows

    def _known_rows(self, listing: Listing) -> tuple[list[Row], list[tuple[str, Stamps]]]:
        """Return a row for every picture, and (name, stamps) of those whose files have not been read as they are now."""
        if self._how != listing.how:
            self._known, self._how = read_index(self.place.index, listing.how), listing.how
        rows, missing = [], []
        stamps_of, known_of = self._stamps_of(listing), self._known.get
        for name in listing.tree.pictures:
            stamps = stamps_of(name)
            known = known_of(name)
            if known and known[0] == stamps:
                rows.append(known[1])
            else:
                missing.append((name, stamps))
                rows.append(Row(name, split_of(listing, name), stamp=stamps[0]))
        return rows, missing

    def _read_behind(self, listing: Listing, missing: list[tuple[str, Stamps]]) -> None:
        """Begin to read pictures in the background, where nothing is being read there."""
        with self._lock:
            if self._reader is None or not self._reader.is_alive():
                self._reader = threading.Thread(
                    target=self._read_all, args=(listing, missing, self.turns.wait), daemon=True
                )
                self._reader.start()

    def _read_one(self, known: Known, listing: Listing, name: str, stamps: Stamps) -> None:
        """Read a picture that another thread has not read meanwhile."""
        if name not in known or known[name][0] != stamps:
            known[name] = stamps, self.read(listing, name)

    def _read_some(self, listing: Listing, missing: list[tuple[str, Stamps]]) -> None:
        """Read pictures for an answer that can wait for `PATIENCE_S`."""
        known, deadline = self._known, time.monotonic() + PATIENCE_S
        for name, stamps in missing:
            if time.monotonic() > deadline:
                return
            self._read_one(known, listing, name, stamps)

    def _read_all(
        self, listing: Listing, missing: list[tuple[str, Stamps]], turn: Callable[[], None] = lambda: None
    ) -> None:
        """Read pictures, each when it is their `turn`, and keep what is known of all."""
        known = self._known  # another takes its place where the rules change meanwhile
        for name, stamps in missing:
            turn()
            self._read_one(known, listing, name, stamps)
        if len(missing) >= WORTH_KEEPING and not listing.given:
            there = set(listing.tree.pictures)
            kept = {name: row for name, row in [*known.items()] if name in there}
            write_index(self.place.index, listing.how, kept)

    def _stamps_of(self, listing: Listing) -> Callable[[str], Stamps]:
        """Return what tells when a picture and its XML file were changed last; in the loop over all of them."""
        root, files = f"{listing.tree.root}/", listing.files

        def stamps(name: str) -> Stamps:
            return _changed(root + name), _changed(root + files[name]) if name in files else 0

        return stamps

    def read(self, listing: Listing, name: str) -> Row:
        """Read one picture's header and labels; what is wrong with them is told in `trouble`."""
        path = self.inside(listing.tree.path(name))
        split, stamp = split_of(listing, name), _changed(path)
        try:
            width, height = picture_size(path)
            if listing.task != "detect":
                given = listing.given.get(name)
                label = given.label if given else class_of(listing, name)
                return Row(name, split, label, None, width, height, stamp)
            boxes = self._boxes(listing, name)
            return Row(name, split, None, boxes, width, height, stamp)
        except (TinymlError, OSError) as error:
            return Row(name, split, stamp=stamp, trouble=getattr(error, "what", str(error)))

    def _boxes(self, listing: Listing, name: str) -> tuple[tuple[str, Edges], ...] | None:
        form = FORMATS[listing.kind]
        labelled = listing.given.get(name)
        if listing.kind == "voc" and name in listing.files:
            source = listing.files[name]
            objects, frame, _ = read_annotation(self.inside(listing.tree.path(source)))
            labelled = Labelled(name, source, objects, None, frame)
        if labelled is None:
            return None
        reading = Reading(listing.tree, Description("", "", listing.kind))
        edges = Frames(form).fractions(reading, labelled)
        return tuple((item.name, four) for item, four in zip(labelled.objects, edges))

    def path(self, name: str) -> Path:
        """Return the file of a picture; raises DataError where the folder has none of that name."""
        if name not in self._names:
            self.listing()
        if name not in self._names:
            raise DataError(f"there is no picture '{name}' in this folder", cure="reload the page")
        return self.inside(self._root / name)

    def inside(self, path: Path) -> Path:
        """Return a path as it is; raises DataError where a link leads it out of the folder."""
        real, folder = os.path.realpath(path), str(self.place.folder)
        if real != folder and not real.startswith(folder.rstrip(os.sep) + os.sep):
            raise DataError(f"{path} leads out of the folder", cure="copy the picture into the folder")
        return path

    def find(self, listing: Listing, name: str) -> Row:
        """Return one picture, read now; raises DataError where the folder has none of that name."""
        self.path(name)
        stamps = self._stamps_of(listing)(name)
        row = self.read(listing, name)
        if self._how == listing.how:
            self._known[name] = stamps, row
        return row

    def classes(self, listing: Listing, rows: list[Row]) -> list[str]:
        """Return the classes in the order of their number keys: as chosen on the page, then by name."""
        used = {row.label for row in rows if row.label}
        used |= {name for row in rows for name, _ in row.boxes or ()}
        chosen = self.place.settings().get("classes", [])
        return chosen + sorted(used - set(chosen))


def counts(rows: list[Row], listing: Listing) -> FolderCounts:
    """Return how many pictures and boxes each class has in each split, and how many pictures are not labelled."""
    pictures: dict[str, Counter[str]] = defaultdict(Counter)
    boxes: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row.label is not None:
            pictures[row.split][row.label] += 1
        boxes[row.split].update(name for name, _ in row.boxes or ())
    return {
        "pictures": {split: dict(found) for split, found in pictures.items()},
        "boxes": {split: dict(found) for split, found in boxes.items() if found},
        "by_split": dict(Counter(row.split for row in rows)),
        "labelled": sum(row.labelled for row in rows),
        "nothing": sum(row.boxes == () for row in rows),
        "trouble": sum(bool(row.trouble) for row in rows),
        "total": len(rows),
    }


def split_of(listing: Listing, name: str) -> str:
    """Return the split of a picture: what a list, the format or its folder says."""
    if name in listing.given and listing.given[name].split:
        return listing.given[name].split
    stem = folded(PurePosixPath(name).stem)
    return listing.listed.get(stem, "") or split_at(name, listing.depth)


def class_of(listing: Listing, name: str) -> str | None:
    """Return the class that a picture's folder names; None where it lies in none."""
    parts = name.split("/")[:-1]
    folders = [part for place, part in enumerate(parts) if place != listing.depth]
    return unicodedata.normalize("NFC", folders[0].strip()) if folders else None


def folders_of(name: str) -> list[str]:
    """Return the folders of a name that are not splits."""
    return [part for part in name.split("/")[:-1] if not split_name(part)]


def _changed(path: Path | str) -> int:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 - a Path for each of many files takes longer than the call
    except OSError:
        return 0
