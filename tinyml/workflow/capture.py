"""Pictures from a board's camera into a data set."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tinyml.data.layout import split_name
from tinyml.errors import TinymlError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# A folder's name on every system.
LABEL = re.compile(r"[^\W_](?:[^\x00-\x1f\\/:*?\"<>|]*[^\x00-\x1f\\/:*?\"<>|. ])?")


def take_pictures(
    folder: Path, label: str, count: int = 1, *, split: str | None = None, port: str | None = None
) -> list[Path]:
    """Take `count` pictures of a class with a board's camera and return their files, continuing the numbering.

    `split`: "train", "test" or None, which is "train" where `folder` has one. Raises DeviceError where no board
    answers.
    """
    from PIL import Image

    from tinyml.files import replacing

    if not LABEL.fullmatch(label):
        raise TinymlError(
            f"'{label}' is no name for a class",
            cure='begin with a letter or a digit, and leave out / \\ : * ? " < > | and a full stop at the end',
        )
    if split_name(label):
        raise TinymlError(
            f"a class called '{label}' would be taken for a split of the data set",
            cure="choose another name; --split says which part of the data set the pictures belong to",
        )
    target = class_folder(folder, label, split)
    numbers = [int(path.stem) for path in target.glob("*.png") if path.stem.isdigit()]
    first = max(numbers, default=-1) + 1
    written = []
    for number, picture in enumerate(photograph(count, port), first):
        path = target / f"{number:04d}.png"
        with replacing(path) as temporary:
            Image.fromarray(picture).save(temporary, format="PNG")
        written.append(path)
    return written


def photograph(count: int, port: str | None = None) -> "Iterator[npt.NDArray[np.uint8]]":
    """Yield `count` pictures that a board's camera takes, uint8 [H, W, 3]; raises DeviceError where no board answers."""
    from tinyml.device.capture import capture
    from tinyml.device.client import Device
    from tinyml.device.ports import find_port
    from tinyml.progress import track

    with Device(port or find_port()) as device:
        device.synchronize()
        for _ in track(range(count), "pictures", total=count):
            yield capture(device)


def class_folder(folder: Path, label: str, split: str | None) -> Path:
    """Return where pictures of a class go: into the split's folder, into train/ where there is one, else beside it."""
    if split is None and (folder / "train").is_dir():
        split = "train"
    return folder / split / label if split else folder / label
