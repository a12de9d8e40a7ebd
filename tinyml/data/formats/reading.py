"""What a reader gets and gives: the files, a label or objects per picture, and an account of all that was left out."""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tinyml.data.description import Description
from tinyml.data.layout import Tree
from tinyml.errors import DataError

FRACTIONS = (1.0, 1.0)  # the frame of boxes in fractions of the picture's sides
CORRECT = "correct or remove it, or train with --skip-bad"


@dataclass(frozen=True)
class Object:
    """One annotated object: its class and (left, top, right, bottom) in units of its picture's frame."""

    name: str
    edges: tuple[float, float, float, float]


@dataclass(frozen=True)
class Labelled:
    """One picture as a format describes it; no box is checked yet."""

    picture: str  # its name in the tree
    source: str  # the file that says so, for messages
    objects: tuple[Object, ...] = ()
    label: str | None = None  # the class of the whole picture, where the format gives one
    frame: tuple[float, float] | None = None  # width and height that the boxes refer to; None: not stated
    split: str = ""  # where the format gives one


@dataclass
class Reading:
    """A data set while it is read."""

    tree: Tree
    description: Description
    skip_bad: bool = False
    skipped: list[str] = field(default_factory=list)  # with skip_bad: what was wrong with each bad file
    bad: set[str] = field(default_factory=set)  # the pictures whose annotations were skipped
    left_out: dict[str, list[str]] = field(default_factory=dict)  # reason: files
    notices: list[str] = field(default_factory=list)
    names: tuple[str, ...] = ()  # classes that the format lists, whether or not a box has them

    @contextmanager
    def skipping(self, picture: str = "") -> Iterator[None]:
        """Let a DataError through, or note it in `skipped`, and the picture in `bad`, where `skip_bad` is set."""
        try:
            yield
        except DataError as error:
            if not self.skip_bad:
                raise
            self.skipped.append(error.what)
            self.bad.add(picture)

    def leave_out(self, reason: str, *names: str) -> None:
        """Note files that are not used, by reason; `reason` completes "3 files left out: ..."."""
        if names:
            self.left_out.setdefault(reason, []).extend(names)

    def pictures_of(self, name: str, source: str) -> str | None:
        """Return the picture that an annotation file names; notes it as left out where it is missing."""
        picture = self.tree.picture_called(name, source)
        if picture is None:
            self.leave_out(f"named in {source}, but no picture of that name is there, or several are", name)
        return picture


def read_json_value(tree: Tree, name: str) -> Any:
    """Return what a JSON file holds; raises DataError."""
    try:
        return json.loads(read_text(tree, name))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{tree.path(name)} is not readable JSON: {error}", cure=CORRECT) from error


def read_text(tree: Tree, name: str) -> str:
    """Return a text file's text: UTF-8 or UTF-16 with a mark, UTF-8, else the encoding that its bytes look like."""
    return decode_text(tree.read(name))[0]


def decode_text(data: bytes, declared: str = "") -> tuple[str, str]:
    """Return (text, encoding): as marked, as declared, UTF-8, or what bytes above 127 look like.

    Chinese encodings write them in pairs; Western ones mostly singly.
    """
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace"), encoding
    for encoding in _encodings(data, declared):
        try:
            if encoding:
                return data.decode(encoding), encoding
        except (UnicodeError, LookupError, ValueError):
            continue
    raise AssertionError("latin-1 decodes everything")


def _encodings(data: bytes, declared: str) -> Iterator[str]:
    """Yield what to try; looking for pairs takes longest, and is seldom needed."""
    yield declared
    yield "utf-8"
    yield "gb18030" if _in_pairs(data) else "cp1252"
    yield "latin-1"


def _in_pairs(data: bytes) -> bool:
    place = high = 0
    while place < len(data):
        if data[place] > 0x80:
            if place + 1 == len(data) or data[place + 1] < 0x80:
                return False
            high += 1
            place += 1
        place += 1
    return high > 0


def as_number(value: Any, what: str) -> float:
    """Return a finite number; raises ValueError that names `what`."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{what} is {str(value)[:40]!r}, not a number")
    try:
        number = float(value)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{what} is {str(value)[:40]!r}, not a number") from error
    if not math.isfinite(number):
        raise ValueError(f"{what} is {value}, not a number")
    return number


def as_list(value: Any, what: str) -> list[Any]:
    """Return a list; raises ValueError that names `what`."""
    if not isinstance(value, list):
        raise ValueError(f"{what} is no list")
    return value


def as_table(value: object, what: str) -> dict[str, object]:
    """Return a table of JSON; raises ValueError that names `what`."""
    if not isinstance(value, dict):
        raise ValueError(f"{what} is no object with fields")
    return value


def as_frame(width: Any, height: Any) -> tuple[float, float] | None:
    """Return a stated size, or None where it is absent or zero, as some tools write it; raises ValueError."""
    if not width or not height:
        return None
    frame = as_number(width, "width"), as_number(height, "height")
    return frame if min(frame) >= 1 else None


def around(points: list[Any], what: str = "a point") -> tuple[float, float, float, float]:
    """Return the edges of the smallest box around [[x, y], ...]; raises ValueError."""
    pairs = [as_list(point, what) for point in points]
    if not pairs or any(len(pair) < 2 for pair in pairs):
        raise ValueError(f"{what} needs x and y")
    xs, ys = ([as_number(pair[axis], what) for pair in pairs] for axis in (0, 1))
    return min(xs), min(ys), max(xs), max(ys)


@contextmanager
def malformed(tree: Tree, name: str) -> Iterator[None]:
    """Turn a ValueError about a file's contents into a DataError that names the file."""
    try:
        yield
    except ValueError as error:
        raise DataError(f"{tree.path(name)}: {error}", cure=CORRECT) from error
