"""`tinyml tune take`: one network of a study as a run."""

from pathlib import Path
from typing import Any

import rich_click as click

from tinyml.commands import Result
from tinyml.layers import require


@click.command("take")
@click.argument("study")
@click.argument("number", type=click.IntRange(0))
@click.option("--storage", metavar="ADDRESS", help="Where the study is kept.  [default: a file under runs]")
@click.option("--name", help="The run's name.  [default: STUDY-NUMBER]")
@click.option(
    "--data", type=click.Path(path_type=Path), help="Folder of the data set.  [default: the usual places]"
)
@click.option("--epochs", type=click.IntRange(1), help="Epochs of training.  [default: as of any training]")
@click.option("--overwrite", is_flag=True, help="Replace a finished run of that name.")
def take_command(study: str, number: int, **given: Any) -> Result:
    """Train a network of a study fully, on all training pictures, and export it for the study's board.

    The test pictures are read now, for the first time. NUMBER is the network's in `tinyml tune show`.
    """
    require("tune", "the search")
    from tinyml.terminal.train import training_view
    from tinyml.tuning.take import take

    run = take(study, number, **{key: value for key, value in given.items() if value is not None})
    return Result({"run": str(run.folder), **run.metrics}, training_view(run))
