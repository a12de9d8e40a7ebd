"""`tinyml data check`: whether a data set's labels can be trusted."""

from pathlib import Path
from typing import Any

import rich_click as click

from tinyml.commands import Result


@click.command("check")
@click.argument("name")
@click.option(
    "--data", "data_dir", type=click.Path(path_type=Path), help="The folder that holds the data set."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("check"),
    show_default=True,
    help="Folder for check.html and check.json.",
)
@click.option(
    "--size",
    type=click.IntRange(16),
    default=96,
    show_default=True,
    help="Height and width of the network's input in pixels.",
)
@click.option(
    "--epochs", type=click.IntRange(1), default=30, show_default=True, help="Epochs of each judging network."
)
@click.option(
    "--folds", type=click.IntRange(2), default=4, show_default=True, help="Number of judging networks."
)
@click.option("--width", type=float, default=1.0, show_default=True, help="Width of the judging networks.")
@click.option(
    "--weights",
    default="auto",
    show_default=True,
    help="What the judging networks start from, as in `tinyml train`.",
)
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of all random numbers."
)
@click.option(
    "--suspects/--no-suspects", default=True, help="Train networks to find suspect labels; takes minutes."
)
@click.option("--skip-bad", is_flag=True, help="Leave out pictures and annotations that cannot be read.")
@click.option(
    "--negatives", is_flag=True, help="Treat pictures without an annotation as pictures without objects."
)
def check_command(name: str, out: Path, **options: Any) -> Result:
    """Check a data set: sizes, balance, boxes in cells, near duplicates, splits that leak, suspect labels.

    NAME is the name of a data set or the path of a folder or archive of your own. Suspect labels are those that
    networks trained without them disagree with: likely missing, spurious, swapped or merged boxes, ranked and drawn in
    check.html.
    """
    from tinyml.workflow.check import check, summary

    data = check(name, out, **options)
    return Result(data, [*summary(data), f"page: {out / 'check.html'}"])
