"""Pascal VOC: for each picture an XML file of the same name with the boxes in it, beside it or in Annotations/."""

import re
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import Element

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from tinyml.data.archives import read_bytes
from tinyml.data.formats.reading import (
    CORRECT,
    Labelled,
    Object,
    Reading,
    as_frame,
    as_number,
    decode_text,
    read_text,
)
from tinyml.data.layout import Tree, folded, pair_key, split_name
from tinyml.errors import DataError

DECLARATION = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


def read_xml(path: Path) -> tuple[Element, str]:
    """Return the root of an XML file and its encoding; entities and document types are refused. Raises DataError."""
    data = read_bytes(path)
    declared = DECLARATION.match(data)
    text, encoding = decode_text(data, declared.group(1).decode() if declared else "")
    try:
        root: Element = defusedxml.ElementTree.fromstring(text, forbid_dtd=True)
    except (SyntaxError, DefusedXmlException, ValueError, LookupError, RecursionError) as error:
        raise DataError(f"{path} is not a readable annotation: {error}", cure=CORRECT) from error
    return root, "" if declared else encoding


def read_annotation(path: Path) -> tuple[tuple[Object, ...], tuple[float, float] | None, str]:
    """Return (objects, (width, height) as stated or None, the encoding that was guessed); raises DataError by name."""
    root, guessed = read_xml(path)
    try:
        frame = as_frame(root.findtext("size/width"), root.findtext("size/height"))
    except ValueError:
        frame = None  # a size that is not a number states none
    try:
        return tuple(_read_object(node) for node in root.iter("object")), frame, guessed
    except ValueError as error:
        raise DataError(
            f"{path}: an object needs bndbox/xmin, ymin, xmax and ymax as numbers: {error}", cure=CORRECT
        ) from error


def _read_object(node: Element) -> Object:
    left, top, right, bottom = (
        as_number(node.findtext(f"bndbox/{key}", "missing"), key) for key in ("xmin", "ymin", "xmax", "ymax")
    )
    return Object((node.findtext("name") or "").strip(), (left, top, right, bottom))


def annotations(tree: Tree) -> dict[str, str]:
    """Return {picture: its XML file}."""
    files = {pair_key(name): name for name in tree.with_suffixes(".xml")}
    return {name: files[key] for name in tree.pictures if (key := pair_key(name)) in files}


def is_voc(tree: Tree) -> bool:
    """Tell whether there are XML files that go with pictures, or an Annotations/ folder of them."""
    return bool(annotations(tree)) or any(
        "annotation" in name.lower() and root_tag(tree, name) == "annotation"
        for name in tree.with_suffixes(".xml")[:1]
    )


def root_tag(tree: Tree, name: str) -> str:
    """Return the tag of an XML file's root; "" where it is not readable."""
    try:
        return str(read_xml(tree.path(name))[0].tag)
    except DataError:
        return ""


def read_voc(reading: Reading) -> list[Labelled]:
    """Return the pictures that have an annotation; a devkit's ImageSets/Main give the splits."""
    listed = image_sets(reading.tree)
    found, guessed = [], []
    for picture, annotation in annotations(reading.tree).items():
        with reading.skipping(picture):
            objects, frame, encoding = read_annotation(reading.tree.path(annotation))
            if encoding not in ("", "utf-8"):
                guessed.append(f"{annotation} ({encoding})")
            split = listed.get(folded(PurePosixPath(picture).stem), "")
            found.append(Labelled(picture, annotation, objects, None, frame, split))
    if guessed:
        reading.notices.append(
            f"{len(guessed)} annotations do not say their encoding; it was guessed, first {guessed[0]}: look at the class names"
        )
    return found


def image_sets(tree: Tree) -> dict[str, str]:
    """Return {folded stem of a picture: split} from ImageSets/Main/train.txt, val.txt and test.txt."""
    listed: dict[str, str] = {}
    for name in tree.with_suffixes(".txt"):
        path = PurePosixPath(name)
        if (
            "imagesets" in name.lower().split("/")
            and (split := split_name(path.stem))
            and path.stem != "trainval"
        ):
            for line in read_text(tree, name).splitlines():
                if words := line.split():
                    listed[folded(PurePosixPath(words[0]).name)] = split
    return listed
