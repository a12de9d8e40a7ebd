"""Label Studio: one JSON list of tasks (JSON or JSON-MIN), boxes in per cent of the picture."""

import math
import re
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tinyml.data.formats.reading import (
    FRACTIONS,
    Labelled,
    Object,
    Reading,
    around,
    as_list,
    as_number,
    as_table,
    malformed,
    read_json_value,
)
from tinyml.data.layout import Tree

UPLOADED = re.compile(r"^[0-9a-f]{8}-")  # what Label Studio puts before the name of an uploaded file
KINDS = ("rectanglelabels", "polygonlabels", "ellipselabels")


def _files(tree: Tree) -> list[str]:
    found = []
    for name in tree.with_suffixes(".json")[:20]:
        text = tree.read(name)
        if text.lstrip()[:1] == b"[" and any(f'"{kind}"'.encode() in text for kind in KINDS):
            found.append(name)
    return found


def is_label_studio(tree: Tree) -> bool:
    """Tell whether there is a JSON list of tasks with rectangles, polygons or ellipses."""
    return bool(_files(tree))


def read_label_studio(reading: Reading) -> list[Labelled]:
    """Return the annotated pictures; tasks not annotated yet are left out."""
    found: dict[str, Labelled] = {}
    for name in _files(reading.tree):
        with reading.skipping(), malformed(reading.tree, name):
            for task in (
                as_table(row, "a task") for row in as_list(read_json_value(reading.tree, name), "the file")
            ):
                file, results = _task(task)
                if results is None:
                    reading.leave_out("not annotated yet in Label Studio", file)
                    continue
                picture = reading.tree.picture_called(UPLOADED.sub("", PurePosixPath(file).name), name)
                picture = reading.tree.picture_called(file, name) or picture
                if picture is None:
                    reading.leave_out(
                        f"named in {name}, but no picture of that name is there, or several are", file
                    )
                else:
                    objects = tuple(box for row in results if (box := _object(as_table(row, "a result"))))
                    found[picture] = Labelled(picture, name, objects, None, FRACTIONS)
    return list(found.values())


def _task(task: dict[str, object]) -> tuple[str, list[Any] | None]:
    """Return (file name, results) of a task; None where it is not annotated."""
    data = task.get("data")
    place = next(
        (
            value
            for value in (data if isinstance(data, dict) else task).values()
            if isinstance(value, str) and "." in value
        ),
        "",
    )
    address = urlsplit(place)
    local = parse_qs(address.query).get("d", [""])[0]  # /data/local-files/?d=folder/picture.jpg
    file = PurePosixPath(unquote(local or address.path)).name
    if "annotations" in task or "completions" in task:
        annotations = as_list(task.get("annotations", task.get("completions")), "annotations")
        done = [row for row in annotations if isinstance(row, dict) and not row.get("was_cancelled")]
        return file, as_list(done[0].get("result"), "result") if done else None
    results = next((value for value in task.values() if isinstance(value, list)), None)
    return file, results


def _object(row: dict[str, object]) -> Object | None:
    value = row.get("value", row)
    if not isinstance(value, dict):
        raise ValueError("a result has no value")
    names = next((value[kind] for kind in KINDS if value.get(kind)), None)
    if names is None:
        return None
    name = str(as_list(names, "labels")[0]).strip()
    if "points" in value:
        return Object(name, _in_fractions(around(as_list(value["points"], "points"))))
    keys = ("x", "y", "radiusX", "radiusY") if "radiusX" in value else ("x", "y", "width", "height")
    x, y, across, down = (as_number(value.get(key), key) for key in keys)
    if "radiusX" in value:
        return Object(name, _in_fractions((x - across, y - down, x + across, y + down)))
    width, height = (
        as_number(row.get(key, value.get(key)) or 1, key) for key in ("original_width", "original_height")
    )
    turn = math.radians(
        as_number(value.get("rotation") or 0, "rotation")
    )  # clockwise, around the top left corner
    corners = []
    for right, below in ((0.0, 0.0), (across, 0.0), (0.0, down), (across, down)):
        u, v = right * width, below * height
        turned = u * math.cos(turn) - v * math.sin(turn), u * math.sin(turn) + v * math.cos(turn)
        corners.append([x + turned[0] / max(width, 1), y + turned[1] / max(height, 1)])
    return Object(name, _in_fractions(around(corners)))


def _in_fractions(edges: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    left, top, right, bottom = (edge / 100 for edge in edges)
    return left, top, right, bottom
