"""What a network says about a picture, drawn into the picture."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tinyml.inference.predictions import Prediction

COLOURS = ("#e53935", "#fdd835", "#fb8c00", "#43a047", "#1e88e5", "#8e24aa")
SIDE = 480  # the longer side of the drawn picture, in pixels
LINE = 18  # pixels between two lines of text


def draw(
    picture: np.ndarray, prediction: Prediction, classes: list[str], fit: str, title: str = ""
) -> Image.Image:
    """Return uint8 [H, W, 3] as a picture with a circle and a name at each object, or with the class on top.

    `prediction` holds `detections` (label, x, y, score; in fractions of what the network sees) or `label` and `score`.
    """
    image = Image.fromarray(picture)
    image.thumbnail((SIDE, SIDE))
    scale = SIDE / max(image.size)
    image = image.resize((round(image.width * scale), round(image.height * scale)))
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=16)
    width = height = min(image.size)
    if fit == "squash":
        width, height = image.size
    left, top = (image.width - width) / 2, (image.height - height) / 2
    if prediction.label is not None:
        title = f"{title} {prediction}".strip()
    written: list[tuple[float, float, float]] = []  # left, right and top of each name
    for found in prediction.detections:
        x, y = left + found.x * width, top + found.y * height
        colour = COLOURS[classes.index(found.label) % len(COLOURS)]
        pen.ellipse((x - 9, y - 9, x + 9, y + 9), outline="black", width=5)
        pen.ellipse((x - 8, y - 8, x + 8, y + 8), outline=colour, width=3)
        text = f"{found.label} {found.score:.0%}"
        length = pen.textlength(text, font)
        start, line = min(x + 12, image.width - length - 2), y - 9
        while any(a < start + length and start < b and abs(line - c) < LINE for a, b, c in written):
            line += LINE  # below the name that is there already
        written.append((start, start + length, line))
        pen.text((start, line), text, fill=colour, font=font, stroke_width=2, stroke_fill="black")
    if title:
        pen.rectangle((0, 0, pen.textlength(title, font) + 10, 24), fill="black")
        pen.text((5, 2), title, fill="white", font=font)
    return image


def side_by_side(images: list[Image.Image]) -> Image.Image:
    """Return pictures next to each other, aligned at their tops."""
    sheet = Image.new("RGB", (sum(image.width for image in images), max(image.height for image in images)))
    x = 0
    for image in images:
        sheet.paste(image, (x, 0))
        x += image.width
    return sheet
