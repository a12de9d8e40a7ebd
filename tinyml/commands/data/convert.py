"""`tinyml data convert`: a data set in another format."""

from pathlib import Path

import rich_click as click

from tinyml.commands import Result


@click.command("convert")
@click.argument("name", metavar="SOURCE")
@click.option(
    "--to",
    "kind",
    required=True,
    type=click.Choice(["voc", "yolo", "coco", "edge-impulse"]),
    help="The new format.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write; it must be new or empty.",
)
@click.option(
    "--data", "data_dir", type=click.Path(path_type=Path), help="The folder that holds the data set."
)
@click.option("--skip-bad", is_flag=True, help="Leave out pictures and annotations that cannot be read.")
@click.option(
    "--negatives", is_flag=True, help="Treat pictures without an annotation as pictures without objects."
)
def convert_command(
    name: str, kind: str, out: Path, data_dir: Path | None, skip_bad: bool, negatives: bool
) -> Result:
    """Write a data set with boxes in another format: pictures, boxes and splits, ready for other tools.

    SOURCE is the name of a data set or the path of a folder or archive of your own. Pictures are copied as they are,
    except those rotated by EXIF or in a rare format, which become PNG.
    """
    from tinyml.data import load_dataset
    from tinyml.data.convert import convert
    from tinyml.errors import TinymlError

    if out.exists() and any(out.iterdir()):
        raise TinymlError(f"{out} holds other files", cure="choose an empty or a new folder with --out")
    dataset = load_dataset(name, data_dir, skip_bad, negatives)
    counts = convert(dataset, kind, out)
    told = ", ".join(f"{count} {split}" for split, count in counts.items())
    view = [f"{out}: {told} pictures as {kind}"]
    if kind == "edge-impulse" and dataset.validation:
        view.append("Edge Impulse has no validation split: those pictures are in training/")
    return Result({"path": str(out), "format": kind, "pictures": counts, "notices": dataset.notices}, view)
