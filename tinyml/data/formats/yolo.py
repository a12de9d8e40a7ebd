"""YOLO: for each picture a text file of `class x y width height` in fractions, and data.yaml or classes.txt for the names."""

import re
from pathlib import PurePosixPath
from typing import Any

import yaml

from tinyml.data.formats.reading import (
    CORRECT,
    FRACTIONS,
    Labelled,
    Object,
    Reading,
    around,
    as_number,
    read_text,
)
from tinyml.data.layout import Tree, folded, pair_key, split_name
from tinyml.errors import DataError

NUMBERS = re.compile(r"\s*\d+(\s+[-+.\deE]+){4,}\s*")
NAME_LISTS = (
    "classes.txt",
    "obj.names",
    "_darknet.labels",
    "labels.txt",
    "class_names.txt",
    "predefined_classes.txt",
)


def labels(tree: Tree) -> dict[str, str]:
    """Return {picture: its text file}."""
    files = {pair_key(name): name for name in tree.with_suffixes(".txt")}
    return {name: files[key] for name in tree.pictures if (key := pair_key(name)) in files}


def is_yolo(tree: Tree) -> bool:
    """Tell whether text files of numbers go with the pictures; empty ones count where names are given too."""
    files = list(labels(tree).values())
    texts = [text for name in files[:50] if (text := read_text(tree, name)).strip()]
    if any(NUMBERS.fullmatch(text.splitlines()[0]) for text in texts):
        return True
    return bool(files) and not texts and bool(_names_file(tree))


def read_yolo(reading: Reading) -> list[Labelled]:
    """Return every picture; one without a text file shows nothing, as the tools that write YOLO have it."""
    tree = reading.tree
    names, listed = _names(tree), _listed(tree)
    reading.names = tuple(names.values())
    files, found, bare = labels(tree), [], []
    with_labels = {PurePosixPath(name).parent for name in files}
    for picture in tree.pictures:
        if picture not in files:
            if PurePosixPath(picture).parent in with_labels:
                bare.append(picture)
                found.append(
                    Labelled(picture, picture, split=listed.get(folded(PurePosixPath(picture).name), ""))
                )
            continue
        with reading.skipping(picture):
            objects = tuple(
                _read_line(tree, files[picture], number, line, names)
                for number, line in enumerate(read_text(tree, files[picture]).splitlines(), 1)
                if line.strip()
            )
            split = listed.get(folded(PurePosixPath(picture).name), "")
            found.append(Labelled(picture, files[picture], objects, None, FRACTIONS, split))
    if bare:
        reading.notices.append(
            f"{len(bare)} pictures without a label file count as pictures without objects, as in YOLO, first {bare[0]}"
        )
    return found


def _read_line(tree: Tree, name: str, number: int, line: str, names: dict[int, str]) -> Object:
    """Read `class x y width height [confidence]`, or `class x1 y1 x2 y2 x3 y3 ...` around an outline."""
    try:
        words = line.split()
        values = [as_number(word, "a value") for word in words]
        if len(values) >= 7 and len(values) % 2:
            edges = around([values[place : place + 2] for place in range(1, len(values), 2)])
        elif len(values) in (5, 6):
            x, y, width, height = values[1:5]
            edges = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        else:
            raise ValueError(f"{len(values)} values, expected class, x, y, width and height")
        if int(values[0]) not in names:
            raise ValueError(f"class {words[0][:20]}, but the names are {', '.join(names.values())}")
    except ValueError as error:
        raise DataError(f"{tree.path(name)}, line {number}: {error}", cure=CORRECT) from error
    return Object(names[int(values[0])], edges)


def _names_file(tree: Tree) -> str:
    for name in tree.with_suffixes(".yaml", ".yml"):
        if "names" in _read_yaml(tree, name):
            return name
    lists = [name for name in tree.files if PurePosixPath(name).name.lower() in NAME_LISTS]
    return min(lists or tree.with_suffixes(".names"), key=lambda name: name.count("/"), default="")


def _names(tree: Tree) -> dict[int, str]:
    source = _names_file(tree)
    if not source:
        raise DataError(
            f"{tree.root} has YOLO label files, but nothing that names their classes",
            cure="put a classes.txt there with one name a line, or the data.yaml of the training",
        )
    if not source.lower().endswith((".yaml", ".yml")):
        return dict(enumerate(line.strip() for line in read_text(tree, source).splitlines() if line.strip()))
    names = _read_yaml(tree, source)["names"]
    if isinstance(names, list):
        names = dict(enumerate(names))
    try:
        return {int(number): str(name).strip() for number, name in names.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise DataError(
            f"{tree.path(source)}: `names` is neither a list of names nor a table of numbers and names",
            cure=CORRECT,
        ) from error


def _read_yaml(tree: Tree, name: str) -> dict[str, Any]:
    try:
        table = yaml.safe_load(read_text(tree, name))  # builds plain values alone, runs nothing
    except (yaml.YAMLError, ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
        first = str(error).splitlines()[0]
        raise DataError(f"{tree.path(name)} is not readable YAML: {first}", cure=CORRECT) from error
    return {str(key): value for key, value in table.items()} if isinstance(table, dict) else {}


def _listed(tree: Tree) -> dict[str, str]:
    """Return {folded file name of a picture: split} from lists such as train.txt, one path a line."""
    listed: dict[str, str] = {}
    for name in tree.with_suffixes(".txt"):
        split = split_name(PurePosixPath(name).stem)
        for line in read_text(tree, name).splitlines() if split else ():
            if line.strip():
                listed[folded(PurePosixPath(line.strip().replace("\\", "/")).name)] = split
    return listed
