"""CVAT for images: one XML file with an `image` element for each picture; shapes are in pixels."""

from xml.etree.ElementTree import Element

from tinyml.data.formats.reading import (
    Labelled,
    Object,
    Reading,
    around,
    as_frame,
    as_number,
    malformed,
)
from tinyml.data.formats.voc import read_xml, root_tag
from tinyml.data.layout import Tree, split_name


def _files(tree: Tree) -> list[str]:
    return [name for name in tree.with_suffixes(".xml")[:20] if root_tag(tree, name) == "annotations"]


def is_cvat(tree: Tree) -> bool:
    """Tell whether there is an XML file whose root is `annotations`."""
    return bool(_files(tree))


def read_cvat(reading: Reading) -> list[Labelled]:
    """Return the listed pictures; one without shapes shows nothing. Points and lines have no extent and are left out."""
    found = []
    for name in _files(reading.tree):
        with reading.skipping(), malformed(reading.tree, name):
            for image in read_xml(reading.tree.path(name))[0].iter("image"):
                picture = reading.pictures_of(image.get("name", ""), name)
                if picture is None:
                    continue
                objects = []
                for shape in image:
                    edges = _edges(shape)
                    if edges is not None:
                        objects.append(Object(shape.get("label", "").strip(), edges))
                    elif shape.tag in ("points", "polyline", "skeleton", "cuboid"):
                        reading.leave_out(f"shapes of kind '{shape.tag}', which have no extent", picture)
                frame = as_frame(image.get("width"), image.get("height"))
                split = split_name(image.get("subset", ""))
                found.append(Labelled(picture, name, tuple(objects), None, frame, split))
    return found


def _edges(shape: Element) -> tuple[float, float, float, float] | None:
    def number(key: str) -> float:
        return as_number(shape.get(key), f"{key} of a {shape.tag}")

    if shape.tag == "box":
        return number("xtl"), number("ytl"), number("xbr"), number("ybr")
    if shape.tag == "ellipse":
        x, y, across, down = number("cx"), number("cy"), number("rx"), number("ry")
        return x - across, y - down, x + across, y + down
    if shape.tag == "mask":
        left, top = number("left"), number("top")
        return left, top, left + number("width"), top + number("height")
    if shape.tag == "polygon":
        return around([point.split(",") for point in shape.get("points", "").split(";") if point])
    return None
