"""CSV: a row for each box (TensorFlow's and Roboflow's columns), or a column of 0 and 1 for each class."""

import csv
import io
from pathlib import PurePosixPath

from tinyml.data.formats.reading import (
    Labelled,
    Object,
    Reading,
    as_frame,
    as_number,
    malformed,
    read_text,
)
from tinyml.data.layout import Tree, split_name

# What the columns are called, in lower case without blanks and underscores.
COLUMNS = {
    "file": ("filename", "file", "image", "imagename", "imagepath", "path", "imageid"),
    "class": ("class", "label", "name", "classname", "labelname", "category"),
    "left": ("xmin", "x1", "left"), "top": ("ymin", "y1", "top"),
    "right": ("xmax", "x2", "right"), "bottom": ("ymax", "y2", "bottom"),
    "width": ("width", "imagewidth", "imgwidth"), "height": ("height", "imageheight", "imgheight"),
}  # fmt: skip
EDGES = ("left", "top", "right", "bottom")


def _plain(column: str) -> str:
    return column.strip().lower().replace("_", "").replace(" ", "")


def _rows(tree: Tree, name: str) -> tuple[list[str], list[list[str]]]:
    """Return (heading, rows) of a table whose columns are parted by commas, semicolons or tabs."""
    text = read_text(tree, name)
    start = text.partition("\n")[0]
    delimiter = max(",;\t", key=start.count)
    try:
        heading, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except (csv.Error, ValueError):  # ValueError: an empty file
        return [], []
    return [column.strip() for column in heading], [row for row in rows if any(row)]


def _columns(heading: list[str]) -> dict[str, int]:
    plain = [_plain(column) for column in heading]
    return {
        key: next(plain.index(name) for name in names if name in plain)
        for key, names in COLUMNS.items()
        if any(name in plain for name in names)
    }


def _tables(tree: Tree, boxes: bool) -> dict[str, list[list[str]]]:
    """Return {file: [heading, *rows]} of the tables of boxes, or of those with columns of 0 and 1."""
    found = {}
    for name in tree.with_suffixes(".csv"):
        heading, rows = _rows(tree, name)
        columns = _columns(heading)
        boxed = {"file", "class", *EDGES} <= set(columns)
        marks = len(heading) > 2 and all(
            value.strip() in ("0", "1")
            for row in rows[:5]
            for place, value in enumerate(row)
            if place != columns.get("file")
        )
        if boxed if boxes else ("file" in columns and rows and marks and not boxed):
            found[name] = [heading, *rows]
    return found


def is_csv(tree: Tree) -> bool:
    """Tell whether there is a table of boxes."""
    return bool(_tables(tree, boxes=True))


def is_csv_classes(tree: Tree) -> bool:
    """Tell whether there is a table with a column of 0 and 1 for each class."""
    return bool(_tables(tree, boxes=False))


def read_csv(reading: Reading) -> list[Labelled]:
    """Return the pictures that have rows; a row without a class says that its picture shows nothing."""
    found: dict[str, Labelled] = {}
    for name, (heading, *rows) in _tables(reading.tree, boxes=True).items():
        columns = _columns(heading)
        split = _split(name)
        objects: dict[str, list[Object]] = {}
        frames: dict[str, tuple[float, float] | None] = {}
        with reading.skipping(), malformed(reading.tree, name):
            for number, cells in enumerate(rows, 2):
                row = {key: cells[place].strip() for key, place in columns.items() if place < len(cells)}
                boxes = objects.setdefault(row.get("file", ""), [])
                frames[row.get("file", "")] = as_frame(*(row.get(key) or 0 for key in ("width", "height")))
                if row.get("class"):
                    left, top, right, bottom = (
                        as_number(row.get(key), f"row {number}: {key}") for key in EDGES
                    )
                    boxes.append(Object(row["class"], (left, top, right, bottom)))
            for file, boxes in objects.items():
                if picture := reading.pictures_of(file, name):
                    found[picture] = Labelled(picture, name, tuple(boxes), None, frames[file], split)
    return list(found.values())


def read_csv_classes(reading: Reading) -> list[Labelled]:
    """Return the pictures that one class is marked for; those with none or several are left out."""
    found = []
    for name, (heading, *rows) in _tables(reading.tree, boxes=False).items():
        place = _columns(heading)["file"]
        for cells in rows:
            marked = [
                column
                for i, (column, value) in enumerate(zip(heading, cells))
                if i != place and value.strip() == "1"
            ]
            picture = reading.pictures_of(cells[place] if place < len(cells) else "", name)
            if picture and len(marked) == 1:
                found.append(Labelled(picture, name, label=marked[0], split=_split(name)))
            elif picture:
                reading.leave_out(f"of {'several classes' if marked else 'no class'} in {name}", picture)
    return found


def _split(name: str) -> str:
    return split_name(PurePosixPath(name).stem)
