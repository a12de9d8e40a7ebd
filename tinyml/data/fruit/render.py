"""The synthetic fruit set as files: JPEG pictures with Pascal VOC annotations, drawn once and kept in the cache."""

import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from PIL import Image

from tinyml.data.fruit.scene import Drawn, draw_scene
from tinyml.files import replacing_folder
from tinyml.locks import only_writer
from tinyml.paths import cache_dir
from tinyml.progress import note, track

KINDS = ("apple", "banana", "orange", "mixed")  # of the pictures, in turn
VERSION = 2  # raise it when the drawing changes, so that no training uses an older set from the cache
NOTICE = """These pictures are SYNTHETIC: tinyml drew them from a seed. They are not photographs, and a figure measured on
them says nothing about real ones. `tinyml data render fruit` draws them again.
"""


def write_voc(picture: Path, size: int, fruit: list[Drawn]) -> None:
    """Write the Pascal VOC file of a square picture beside it; edges in pixels, right and bottom exclusive."""
    root = Element("annotation")
    SubElement(root, "filename").text = picture.name
    SubElement(SubElement(root, "source"), "database").text = "synthetic: drawn by tinyml"
    shape = SubElement(root, "size")
    for key, value in (("width", size), ("height", size), ("depth", 3)):
        SubElement(shape, key).text = str(value)
    for item in fruit:
        node = SubElement(root, "object")
        SubElement(node, "name").text = item.kind
        bounds = SubElement(node, "bndbox")
        for key, value in zip(
            ("xmin", "ymin", "xmax", "ymax"), (item.left, item.top, item.right, item.bottom)
        ):
            SubElement(bounds, key).text = str(value)
    indent(root)
    ElementTree(root).write(picture.with_suffix(".xml"), encoding="utf-8")


def _draw_split(folder: Path, seed: int, numbers: range, size: int) -> Iterator[None]:
    folder.mkdir(parents=True)
    for number in numbers:
        kind = KINDS[number % len(KINDS)]
        pixels, fruit = draw_scene(seed, number, kind, size)
        path = folder / f"{kind}_{number // len(KINDS) + 1}.jpg"
        Image.fromarray(pixels).save(path, quality=90)
        write_voc(path, size, fruit)
        yield


def render_fruit(folder: str | Path, train: int, test: int, size: int = 160, seed: int = 2026) -> None:
    """Draw `train` + `test` pictures of size x size into `folder`, which appears once it is complete.

    Picture n depends on the seed and n alone; the test split continues the numbering of the training split.
    """
    with replacing_folder(folder) as temporary:
        splits = {"train": range(train), "test": range(train, train + test)}
        done = (
            step
            for name, numbers in splits.items()
            for step in _draw_split(temporary / name, seed, numbers, size)
        )
        for _ in track(done, "drawing fruit", total=train + test):
            pass
        (temporary / "README.txt").write_text(NOTICE, encoding="utf-8")
        (temporary / "rendered.json").write_text(
            json.dumps({"version": VERSION, "train": train, "test": test, "size": size, "seed": seed}) + "\n"
        )


def cached_fruit(settings: dict[str, int]) -> Path:
    """Return the folder of the embedded set, drawn on first use; `settings` are the arguments of `render_fruit`."""
    key = "-".join(f"{name}{value}" for name, value in sorted(settings.items()))
    folder = cache_dir() / "rendered" / f"fruit-v{VERSION}-{key}"
    if (folder / "rendered.json").is_file():
        return folder
    with only_writer(folder):
        if not (
            folder / "rendered.json"
        ).is_file():  # another process may have drawn it while this one waited
            note(f"drawing the embedded fruit pictures into {folder}, once")
            render_fruit(folder, **settings)
    return folder
