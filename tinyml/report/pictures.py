"""Pictures for the report: small JPEGs as data URIs, with boxes and centroids drawn over them as SVG."""

import base64
import io
from dataclasses import dataclass, field
from pathlib import Path

from tinyml.contracts.run import Picture
from tinyml.data.pictures import read_picture
from tinyml.errors import DataError, TinymlError
from tinyml.inference.preprocess import crop_square

LONGEST_SIDE = 288  # pixels


@dataclass(frozen=True)
class Mark:
    """A box in fractions of the picture, or a centroid where it has no extent; `series` is its colour, 1 to 6.

    `label` is empty where the colour says it and the name would only hide the picture.
    """

    label: str
    series: int
    left: float
    top: float
    right: float
    bottom: float
    score: float | None = None
    wrong: bool = False


@dataclass(frozen=True)
class Shown:
    """A small picture with its size in pixels, what is true of it, and what was predicted."""

    uri: str
    width: int
    height: int
    name: str
    truth: list[Mark] = field(default_factory=list)
    predicted: list[Mark] = field(default_factory=list)
    truth_label: str = ""
    predicted_label: str = ""
    verdict: str = ""


def thumbnail(file: str, fit: str) -> tuple[str, int, int]:
    """Return (data URI, width, height) of what the network sees of a picture, small; raises DataError where it cannot be read."""
    from PIL import Image

    pixels = read_picture(Path(file))
    picture = Image.fromarray(crop_square(pixels) if fit == "crop" else pixels)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=82)
    return data_uri("image/jpeg", stream.getvalue()), *picture.size


def data_uri(kind: str, content: bytes) -> str:
    """Return a file's content as an address that needs no other file; as a picture, an SVG runs no script."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def show(entry: Picture, classes: list[str], fit: str = "squash") -> Shown | None:
    """Return a row of predictions.json (or of the examples in metrics.json) ready to be shown; None without its file."""
    try:
        uri, width, height = thumbnail(entry["file"], fit)
    except DataError:
        return None
    series = {name: number % 6 + 1 for number, name in enumerate(classes)}
    boxes = entry.get("boxes", [])
    named = {
        box["label"]: number for number, box in reversed(list(enumerate(boxes)))
    }  # its first box tells a class
    truth = [
        Mark(
            box["label"] if named[box["label"]] == number else "",
            series.get(box["label"], 6),
            box["left"],
            box["top"],
            box["right"],
            box["bottom"],
        )
        for number, box in enumerate(boxes)
    ]
    predicted = [
        Mark(
            found["label"],
            series.get(found["label"], 6),
            found["x"],
            found["y"],
            found["x"],
            found["y"],
            found["score"],
            not found["right"],
        )
        for found in entry.get("detections", [])
    ]
    truth_label, predicted_label = entry.get("label") or "", ""
    if probabilities := entry.get("probabilities"):
        best = max(range(len(probabilities)), key=probabilities.__getitem__)
        predicted_label = f"{classes[best]} {probabilities[best]:.0%}"
    return Shown(
        uri,
        width,
        height,
        Path(entry["file"]).name,
        truth,
        predicted,
        truth_label,
        predicted_label,
        verdict(entry),
    )


def verdict(entry: Picture) -> str:
    """Return in a few words what is right and wrong about a prediction."""
    if "detections" not in entry:
        return ""
    right, wrong = mistakes(entry)
    missed = len(entry["boxes"]) - right
    words = [f"{right} of {len(entry['boxes'])} found"]
    if wrong:
        words.append(f"{wrong} wrong")
    return ", ".join(words) if missed or wrong else f"all {right} found" if right else "rightly empty"


def mistakes(entry: Picture) -> tuple[int, int]:
    """Return how many detections of a picture are right and how many are wrong."""
    right = sum(bool(found["right"]) for found in entry["detections"])
    return right, len(entry["detections"]) - right


def badness(entry: Picture, classes: list[str]) -> tuple[float, float]:
    """Return a key that sorts the best prediction first: mistakes, then doubt.

    Raises TinymlError where a picture's class, or the number of its probabilities, is not the run's.
    """
    if "detections" in entry:
        right, wrong = mistakes(entry)
        missed = len(entry["boxes"]) - right
        sure = min((found["score"] for found in entry["detections"]), default=1.0)
        return missed + wrong, -right - sure if not missed + wrong else -sure
    if entry["label"] not in classes or len(entry["probabilities"]) != len(classes):
        raise TinymlError(
            f"predictions.json says '{entry['label']}' and {len(entry['probabilities'])} probabilities of {entry['file']}; "
            f"the run's classes are {', '.join(classes)}",
            cure="recreate it: tinyml evaluate",
        )
    truth = classes.index(entry["label"])
    return float(max(entry["probabilities"]) > entry["probabilities"][truth]), -entry["probabilities"][truth]
