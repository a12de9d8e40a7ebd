"""`tinyml capture`: pictures from a board's camera into a data set."""

from pathlib import Path

import rich_click as click

from tinyml.commands import Result


@click.command("capture")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--label", required=True, help="What the pictures show: the name of the class's folder.")
@click.option("--count", default=1, show_default=True, type=click.IntRange(1), help="How many pictures.")
@click.option(
    "--split",
    type=click.Choice(["train", "test"]),
    help="The split they belong to.  [default: train if FOLDER has a train/, else none]",
)
@click.option("--port", help="Serial port or socket://host:port. Not needed if only one board is connected.")
def command(folder: Path, label: str, count: int, split: str | None, port: str | None) -> Result:
    """Take pictures with a board's camera and add them to a data set of class folders.

    They are written to FOLDER/LABEL/NNNN.png (or FOLDER/SPLIT/LABEL), continuing the numbering, so that
    `tinyml train FOLDER` can use them. Without a split `tinyml train` makes one; but pictures of one scene are so
    similar that only others, taken at another time with --split test, show how good a network is. The board must run
    the tinyml firmware.
    """
    from tinyml.workflow.capture import take_pictures

    written = take_pictures(folder, label, count, split=split, port=port)
    said = f"{len(written)} pictures of '{label}' in {written[0].parent}"
    return Result({"pictures": [str(path) for path in written]}, [said])
