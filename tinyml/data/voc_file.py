"""One picture's Pascal VOC file, written: the objects as given, and whatever else the file already said."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

import defusedxml.ElementTree

from tinyml.data.samples import Box


@dataclass(frozen=True)
class VocObject:
    """An object to write: its class, its edges as fractions of the picture, and its place among the file's objects before.

    `before` is None for a new object; one that was there keeps what else is said of it (pose, truncated, difficult).
    """

    name: str
    box: Box
    before: int | None = None


def whole_pixels(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """Return a box's edges in whole pixels of a picture of `width` x `height`, at least one wide and high."""
    left, top, right, bottom = map(
        round, (box.left * width, box.top * height, box.right * width, box.bottom * height)
    )
    left, top = min(left, width - 1), min(top, height - 1)
    return left, top, max(right, left + 1), max(bottom, top + 1)


def voc_bytes(
    folder: str, name: str, width: int, height: int, objects: Sequence[VocObject], before: bytes = b""
) -> bytes:
    """Return the XML of a picture called `name` in `folder`, as bytes in UTF-8.

    `width` and `height`: of the picture as people see it, in pixels. `before`: the file's content until now, which must
    be readable; tags that are not about size and objects stay.
    """
    root = defusedxml.ElementTree.fromstring(before) if before else ElementTree.Element("annotation")
    old = root.findall("object")
    for node in old:
        root.remove(node)
    for tag, text in (("folder", folder), ("filename", name)):
        if root.find(tag) is None:
            ElementTree.SubElement(root, tag).text = text
    size = root.find("size")
    if size is None:
        size = ElementTree.SubElement(root, "size")
    for tag, number in (("width", width), ("height", height), ("depth", 3)):
        _child(size, tag).text = str(number)
    for item in objects:
        known = item.before is not None and item.before < len(old)
        node = old[item.before] if known and item.before is not None else ElementTree.Element("object")
        root.append(node)
        _child(node, "name").text = item.name
        edges = _child(node, "bndbox")
        for tag, number in zip(("xmin", "ymin", "xmax", "ymax"), whole_pixels(item.box, width, height)):
            _child(edges, tag).text = str(number)
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _child(parent: ElementTree.Element, tag: str) -> ElementTree.Element:
    found = parent.find(tag)
    return ElementTree.SubElement(parent, tag) if found is None else found
