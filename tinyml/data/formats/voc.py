"""Pascal VOC: beside each picture an XML file of the same name with the boxes in it."""

from pathlib import Path
from xml.etree.ElementTree import Element

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from tinyml.data.description import Description
from tinyml.data.formats.found import Found, unknown_class
from tinyml.data.pictures import is_picture, picture_size
from tinyml.data.samples import Box, Sample
from tinyml.errors import DataError

MIXED = "mixed"  # the class of a picture that shows several kinds, where the data set declares it


def read_annotation(path: Path) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Return (class name, (left, top, right, bottom) in pixels) for each object; raises DataError by name.

    The size that the file states is not read: it is 0 x 0 in real files.
    """
    try:
        root = defusedxml.ElementTree.parse(path, forbid_dtd=True).getroot()
    except FileNotFoundError as error:
        raise DataError(
            f"{path} does not exist, so {path.stem} has no annotation",
            cure="annotate the picture (an annotation without objects is fine), remove it, or train with --skip-bad",
        ) from error
    except (SyntaxError, DefusedXmlException, OSError, ValueError, LookupError) as error:
        raise DataError(
            f"{path} is not a readable annotation: {error}",
            cure="correct or remove it, or train with --skip-bad",
        ) from error
    return [_read_object(path, node) for node in root.iter("object")]


def _read_object(path: Path, node: Element) -> tuple[str, tuple[float, float, float, float]]:
    try:
        left, top, right, bottom = (
            float(node.findtext(f"bndbox/{key}", "missing")) for key in ("xmin", "ymin", "xmax", "ymax")
        )
    except ValueError as error:
        raise DataError(
            f"{path}: an object needs bndbox/xmin, ymin, xmax and ymax as numbers: {error}",
            cure="correct it, or train with --skip-bad",
        ) from error
    return (node.findtext("name") or "").strip(), (left, top, right, bottom)


def _boxes(picture: Path, box_classes: tuple[str, ...]) -> tuple[Box, ...]:
    annotation = picture.with_suffix(".xml")
    objects = read_annotation(annotation)
    width, height = picture_size(picture)
    boxes = []
    for name, (left, top, right, bottom) in objects:
        if name not in box_classes:
            raise unknown_class(name, annotation, box_classes)
        edges = (
            max(left / width, 0.0),
            max(top / height, 0.0),
            min(right / width, 1.0),
            min(bottom / height, 1.0),
        )
        if not (edges[0] < edges[2] and edges[1] < edges[3]):  # also where an edge is not a number
            raise DataError(
                f"{annotation}: the box ({left:g}, {top:g}, {right:g}, {bottom:g}) of '{name}' is empty "
                f"or outside the picture of {width} x {height}",
                cure="correct it, or train with --skip-bad",
            )
        boxes.append(Box(box_classes.index(name), *edges))
    return tuple(boxes)


def _label(picture: Path, boxes: tuple[Box, ...], description: Description, found: Found) -> int | None:
    if description.label_from == "prefix":
        prefix = picture.stem.split("_")[0]
        if prefix not in found.classes:
            raise unknown_class(prefix, picture, found.classes)
        return found.classes.index(prefix)
    kinds = {box.label for box in boxes}
    if len(kinds) == 1:
        name = found.box_classes[kinds.pop()]
        return found.classes.index(name) if name in found.classes else None
    return found.classes.index(MIXED) if kinds and MIXED in found.classes else None


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if is_picture(path.name))


def read_voc(folders: dict[str, Path], description: Description, skip_bad: bool) -> Found:
    """Read {split: folder} of pictures with annotations; raises DataError by name, or skips with `skip_bad`."""
    box_classes = description.box_classes or _classes_in(folders["train"], skip_bad)
    found = Found(description.classes or box_classes, box_classes)
    for split, folder in folders.items():
        for picture in _pictures(folder):
            with found.skipping(skip_bad):
                boxes = _boxes(picture, box_classes)
                label = _label(picture, boxes, description, found)
                found.samples[split].append(Sample(picture, label, boxes))
    return found


def _classes_in(folder: Path, skip_bad: bool) -> tuple[str, ...]:
    names: set[str] = set()
    for picture in _pictures(folder):
        try:
            names |= {name for name, _ in read_annotation(picture.with_suffix(".xml"))}
        except DataError:
            if not skip_bad:
                raise
    return tuple(sorted(names))
