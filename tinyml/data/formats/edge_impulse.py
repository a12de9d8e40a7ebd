"""Edge Impulse: `bounding_boxes.labels` in each folder, or `info.labels` of the uploader; boxes are in pixels."""

from typing import Any

from tinyml.data.formats.reading import (
    Labelled,
    Object,
    Reading,
    as_list,
    as_number,
    as_table,
    malformed,
    read_json_value,
)
from tinyml.data.layout import Tree, split_name
from tinyml.errors import DataError

BOXES, INFO = "bounding_boxes.labels", "info.labels"


def _files(tree: Tree, *names: str) -> list[str]:
    return [name for name in tree.files if name.rpartition("/")[2].lower() in names]


def _uploads(tree: Tree) -> dict[str, list[Any]]:
    """Return {info.labels: its list of files} for the exports that have one."""
    found = {}
    for name in _files(tree, INFO):
        try:
            table = read_json_value(tree, name)
        except DataError:
            continue
        if isinstance(table, dict) and isinstance(table.get("files"), list):
            found[name] = table["files"]
    return found


def is_edge_impulse(tree: Tree) -> bool:
    """Tell whether there is a file of boxes."""
    boxed = any(
        isinstance(row, dict) and row.get("boundingBoxes") for rows in _uploads(tree).values() for row in rows
    )
    return bool(_files(tree, BOXES)) or boxed


def is_edge_impulse_labels(tree: Tree) -> bool:
    """Tell whether there is a file of whole pictures' labels."""
    return any(
        isinstance(row, dict) and row.get("label") for rows in _uploads(tree).values() for row in rows
    ) and not is_edge_impulse(tree)


def read_edge_impulse(reading: Reading) -> list[Labelled]:
    """Return the listed pictures with their boxes; one with an empty list shows nothing."""
    found: dict[str, Labelled] = {}
    for name in _files(reading.tree, BOXES):
        with reading.skipping(), malformed(reading.tree, name):
            table = as_table(read_json_value(reading.tree, name), "the file")
            for file, boxes in as_table(table.get("boundingBoxes"), "boundingBoxes").items():
                if picture := reading.pictures_of(file, name):
                    found[picture] = Labelled(picture, name, _objects(boxes, file))
    for name, rows in _uploads(reading.tree).items():
        with reading.skipping(), malformed(reading.tree, name):
            for row in (as_table(row, "an entry of files") for row in rows):
                picture = reading.pictures_of(str(row.get("path", "")), name)
                if picture and picture not in found:
                    objects = _objects(row.get("boundingBoxes") or [], picture)
                    found[picture] = Labelled(
                        picture, name, objects, split=split_name(str(row.get("category", "")))
                    )
    return list(found.values())


def read_edge_impulse_labels(reading: Reading) -> list[Labelled]:
    """Return the listed pictures with their labels."""
    found = []
    for name, rows in _uploads(reading.tree).items():
        with reading.skipping(), malformed(reading.tree, name):
            for row in (as_table(row, "an entry of files") for row in rows):
                label = row.get("label")
                text = label.get("label") if isinstance(label, dict) else label
                picture = reading.pictures_of(str(row.get("path", "")), name)
                if picture and isinstance(text, str) and text:
                    split = split_name(str(row.get("category", "")))
                    found.append(Labelled(picture, name, label=text.strip(), split=split))
                elif picture:
                    reading.leave_out("without a label", picture)
    return found


def _objects(boxes: Any, file: str) -> tuple[Object, ...]:
    objects = []
    for row in (as_table(row, f"a box of {file}") for row in as_list(boxes, f"the boxes of {file}")):
        left, top, width, height = (
            as_number(row.get(key), f"{key} of a box of {file}") for key in ("x", "y", "width", "height")
        )
        objects.append(Object(str(row.get("label", "")).strip(), (left, top, left + width, top + height)))
    return tuple(objects)
