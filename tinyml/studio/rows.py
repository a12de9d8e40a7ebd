"""What is known of each picture, kept from one start of the server to the next."""

import contextlib
import functools
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tinyml.data.assemble import Edges
from tinyml.errors import TinymlError
from tinyml.files import replacing
from tinyml.studio.answers import Brief, BriefBox

FORM = 1  # of the file; one of another form is not read
LARGEST_INDEX_BYTES = 512 << 20


@dataclass(frozen=True)
class Row:
    """One picture: `label` where it has a class of its own, `boxes` where it has been looked at for objects (None: not yet)."""

    name: str  # below the tree's root, with forward slashes
    split: str  # "train", "validation", "test"; "" where tinyml splits by itself
    label: str | None = None
    boxes: tuple[tuple[str, Edges], ...] | None = None
    width: int = 0
    height: int = 0
    stamp: int = 0  # of the picture's last change
    trouble: str = ""

    @property
    def labelled(self) -> bool:
        return self.label is not None or self.boxes is not None

    @functools.cached_property
    def brief(self) -> Brief:
        """What a page's grid needs, as a row of plain values."""
        boxes: list[BriefBox] | None = None
        if self.boxes is not None:
            boxes = [
                (name, round(left, 4), round(top, 4), round(right, 4), round(bottom, 4))
                for name, (left, top, right, bottom) in self.boxes
            ]
        return self.name, self.split, self.label, boxes, self.stamp, self.trouble


Stamps = tuple[int, int]  # of a picture and of its XML file, 0 where it has none
Known = dict[str, tuple[Stamps, Row]]


class Index(msgspec.Struct, array_like=True):
    """The content of the file: `how` says by which rules the rows were read."""

    form: int
    how: str
    rows: Known


def read_index(path: Path, how: str) -> Known:
    """Return what was known when the index was written; {} where there is none, or it was read by other rules."""
    try:
        if path.stat().st_size > LARGEST_INDEX_BYTES:
            return {}
        found = msgspec.msgpack.decode(path.read_bytes(), type=Index)
    except (OSError, msgspec.DecodeError):
        return {}
    return found.rows if (found.form, found.how) == (FORM, how) else {}


def write_index(path: Path, how: str, rows: Known) -> None:
    """Write the index, whole or not at all; where the disk refuses it, the pictures are read again next time."""
    with contextlib.suppress(OSError, TinymlError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_bytes(msgspec.msgpack.encode(Index(FORM, how, rows)))
