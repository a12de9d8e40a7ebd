"""LabelMe: for each picture a JSON file of shapes in pixels."""

from typing import Any

from tinyml.data.formats.reading import (
    Labelled,
    Object,
    Reading,
    around,
    as_frame,
    as_list,
    as_number,
    as_table,
    malformed,
    read_json_value,
)
from tinyml.data.layout import Tree, pair_key

SHAPES = {"rectangle", "polygon", "circle", "linestrip", "mask"}  # those with an extent


def _files(tree: Tree) -> dict[str, str]:
    """Return {picture: its JSON file}."""
    files = {pair_key(name): name for name in tree.with_suffixes(".json")}
    return {name: files[key] for name in tree.pictures if (key := pair_key(name)) in files}


def is_labelme(tree: Tree) -> bool:
    """Tell whether JSON files with shapes go with the pictures."""
    return any(b'"shapes"' in tree.read(name) for name in list(_files(tree).values())[:5])


def read_labelme(reading: Reading) -> list[Labelled]:
    """Return the pictures that have a JSON file; points and lines have no extent and are left out."""
    found = []
    for picture, name in _files(reading.tree).items():
        with reading.skipping(picture), malformed(reading.tree, name):
            table = as_table(read_json_value(reading.tree, name), "the file")
            objects = []
            for shape in (as_table(row, "a shape") for row in as_list(table.get("shapes"), "shapes")):
                kind = shape.get("shape_type") or "polygon"
                if kind not in SHAPES:
                    reading.leave_out(f"shapes of kind '{str(kind)[:20]}', which have no extent", name)
                    continue
                objects.append(Object(str(shape.get("label", "")).strip(), _edges(kind, shape.get("points"))))
            frame = as_frame(table.get("imageWidth"), table.get("imageHeight"))
            found.append(Labelled(picture, name, tuple(objects), None, frame))
    return found


def _edges(kind: str, points: Any) -> tuple[float, float, float, float]:
    points = as_list(points, "points")
    if kind == "circle" and len(points) == 2:  # its centre and a point on it
        (x, y), (other_x, other_y) = (
            [as_number(value, "a point") for value in as_list(point, "a point")[:2]] for point in points
        )
        radius = ((x - other_x) ** 2 + (y - other_y) ** 2) ** 0.5
        return x - radius, y - radius, x + radius, y + radius
    return around(points)
