"""`tinyml capture`: pictures from a board's camera into a data set."""

import re
from pathlib import Path

import rich_click as click

from tinyml.commands import Result
from tinyml.errors import TinymlError

LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@click.command("capture")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--label", required=True, help="What the pictures show: the name of the class's folder.")
@click.option("--count", default=1, show_default=True, type=click.IntRange(1), help="How many pictures.")
@click.option(
    "--split",
    type=click.Choice(["train", "test"]),
    help="The part of the data set that they belong to.  [default: train where FOLDER has a train/, else none]",
)
@click.option("--port", help="Serial port or socket://host:port; found by itself where there is one board.")
def command(folder: Path, label: str, count: int, split: str | None, port: str | None) -> Result:
    """Take pictures with a board's camera and add them to a data set of class folders.

    They are written to FOLDER/LABEL/NNNN.png (or FOLDER/SPLIT/LABEL), numbered on from those that are there, so that
    `tinyml train FOLDER` can use them. Without a split `tinyml train` makes one; but pictures of one scene are so much
    alike that only others, taken at another time with --split test, tell how good a network is. The board must run
    the tinyml firmware.
    """
    from PIL import Image

    from tinyml.device.capture import capture
    from tinyml.device.client import Device
    from tinyml.device.ports import find_port
    from tinyml.files import replacing
    from tinyml.progress import track

    if not LABEL.fullmatch(label):
        raise TinymlError(f"'{label}' is no name for a class", cure="use letters, digits, '-' and '_'")
    if split is None and (folder / "train").is_dir():
        split = "train"
    target = folder / split / label if split else folder / label
    numbers = [int(path.stem) for path in target.glob("*.png") if path.stem.isdigit()]
    first = max(numbers, default=-1) + 1
    written = []
    with Device(port or find_port()) as device:
        device.synchronize()
        for number in track(range(first, first + count), "pictures", total=count):
            picture = Image.fromarray(capture(device))
            path = target / f"{number:04d}.png"
            with replacing(path) as temporary:
                picture.save(temporary, format="PNG")
            written.append(str(path))
    return Result({"pictures": written}, [f"{len(written)} pictures of '{label}' in {target}"])
