"""A data set at a glance: a sheet of pictures with their boxes and classes."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tinyml.data.pictures import read_picture
from tinyml.data.samples import Dataset, Sample

COLOURS = (
    "#e6194b",
    "#ffd92f",
    "#ff8c1a",
    "#3cb44b",
    "#4363d8",
    "#911eb4",
    "#42d4f4",
    "#f032e6",
    "#a9a9a9",
    "#fabed4",
)
TILE = 176
MARGIN = 6
CAPTION = 16


def choose(dataset: Dataset, split: str, count: int) -> list[Sample]:
    """Return `count` samples of `split`, spread over its classes and over each class's pictures."""
    by_label: dict[int | None, list[Sample]] = {}
    for sample in dataset.split(split):
        by_label.setdefault(sample.label, []).append(sample)
    rows = [
        [samples[place] for place in np.linspace(0, len(samples) - 1, min(count, len(samples))).astype(int)]
        for samples in by_label.values()
    ]
    turns = [row[turn] for turn in range(count) for row in rows if turn < len(row)]
    return turns[:count]


def contact_sheet(dataset: Dataset, split: str = "train", count: int = 24, columns: int = 6) -> Image.Image:
    """Return a sheet of `count` pictures with boxes and class names; raises DataError on a damaged picture."""
    samples = choose(dataset, split, count)
    rows = -(-len(samples) // columns)
    step = (TILE + MARGIN, TILE + CAPTION + MARGIN)
    sheet = Image.new("RGB", (columns * step[0] + MARGIN, rows * step[1] + MARGIN), "#202124")
    for number, sample in enumerate(samples):
        tile = draw_sample(dataset, sample)
        left, top = number % columns * step[0] + MARGIN, number // columns * step[1] + MARGIN
        sheet.paste(tile, (left + (TILE - tile.width) // 2, top + (TILE - tile.height) // 2))
        caption = "" if sample.label is None else dataset.classes[sample.label]
        pen = ImageDraw.Draw(sheet)
        pen.text(
            (left, top + TILE + 1), f"{caption}  {sample.path.name}", "#e8eaed", ImageFont.load_default(11)
        )
    return sheet


def draw_sample(dataset: Dataset, sample: Sample) -> Image.Image:
    """Return a picture no larger than a tile, small ones enlarged, with its boxes drawn in."""
    picture = Image.fromarray(read_picture(sample.path))
    scale = TILE / max(picture.size)
    size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
    enlarge = Image.Resampling.NEAREST if scale > 2 else Image.Resampling.LANCZOS
    tile = picture.resize(size, enlarge)
    pen = ImageDraw.Draw(tile)
    for box in sample.boxes:
        colour = COLOURS[box.label % len(COLOURS)]
        edges = (box.left * size[0], box.top * size[1], box.right * size[0] - 1, box.bottom * size[1] - 1)
        pen.rectangle(edges, outline=colour, width=2)
        pen.text(
            (edges[0] + 3, edges[1] + 1), dataset.box_classes[box.label], colour, ImageFont.load_default(11)
        )
    return tile
