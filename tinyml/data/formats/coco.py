"""COCO: JSON files with `images`, `annotations` and `categories`; boxes are x, y, width and height in pixels."""

from pathlib import PurePosixPath
from typing import Any

from tinyml.data.formats.reading import (
    Labelled,
    Object,
    Reading,
    as_frame,
    as_list,
    as_number,
    as_table,
    malformed,
    read_json_value,
)
from tinyml.data.layout import Tree, split_name

MAX_PEEK = 20  # JSON files that recognition opens


def coco_files(tree: Tree) -> list[str]:
    """Return the JSON files that look like COCO's."""
    found = []
    for name in tree.with_suffixes(".json")[:MAX_PEEK]:
        start = tree.read(name)
        if b'"images"' in start and b'"annotations"' in start and b'"categories"' in start:
            found.append(name)
    return found


def is_coco(tree: Tree) -> bool:
    """Tell whether there is a JSON file of COCO's kind."""
    return bool(coco_files(tree))


def read_coco(reading: Reading) -> list[Labelled]:
    """Return the listed pictures; one without annotations shows nothing. Crowds are left out."""
    found: dict[str, Labelled] = {}
    for name in coco_files(reading.tree):
        with reading.skipping(), malformed(reading.tree, name):
            found |= {row.picture: row for row in _read_file(reading, name)}
    return list(found.values())


def _read_file(reading: Reading, name: str) -> list[Labelled]:
    table = as_table(read_json_value(reading.tree, name), "the file")
    categories = {
        _key(row, "id", "a category"): str(row.get("name", "")).strip()
        for row in map(_row, as_list(table.get("categories"), "categories"))
    }
    reading.names += tuple(name for name in categories.values() if name not in reading.names)
    objects: dict[Any, list[Object]] = {}
    for row in map(_row, as_list(table.get("annotations"), "annotations")):
        if row.get("iscrowd"):
            reading.leave_out("boxes around crowds (iscrowd)", f"{name}: annotation {row.get('id')}")
            continue
        box = [
            as_number(value, "bbox")
            for value in as_list(row.get("bbox"), f"bbox of annotation {row.get('id')}")
        ]
        category = _key(row, "category_id", "an annotation")
        if len(box) != 4 or category not in categories:
            raise ValueError(
                f"annotation {row.get('id')} needs a bbox of four numbers and a category_id that is listed"
            )
        left, top, width, height = box
        edges = (left, top, left + width, top + height)
        objects.setdefault(_key(row, "image_id", "an annotation"), []).append(
            Object(categories[category], edges)
        )
    split = split_name(PurePosixPath(name).stem.strip("_").removesuffix(".coco").removesuffix("_coco"))
    found = []
    for row in map(_row, as_list(table.get("images"), "images")):
        picture = reading.pictures_of(str(row.get("file_name", "")), name)
        if picture is not None:
            frame = as_frame(row.get("width"), row.get("height"))
            found.append(
                Labelled(
                    picture, name, tuple(objects.get(_key(row, "id", "an image"), ())), None, frame, split
                )
            )
    return found


def _row(value: Any) -> dict[str, object]:
    return as_table(value, "an entry")


def _key(row: dict[str, object], key: str, what: str) -> Any:
    value = row.get(key)
    if not isinstance(value, int | str):
        raise ValueError(f"{what} has no {key}")
    return value
