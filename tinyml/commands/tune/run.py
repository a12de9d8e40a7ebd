"""`tinyml tune run`: begin a study, join it, or go on with it."""

from pathlib import Path
from typing import Any

import rich_click as click

from tinyml.commands import Result
from tinyml.layers import require
from tinyml.terminal.completion import boards, datasets
from tinyml.terminal.options import FRACTIONS, NUMBERS, WORDS


# One option a line: a table to read.
# fmt: off
@click.command("run")
@click.argument("dataset", shell_complete=datasets)
@click.option("--study", metavar="NAME", help="The study's name.  [default: the data set's]")
@click.option("--storage", metavar="ADDRESS", help="Where the study is kept, as postgresql://user@host/database; any number of machines may join.  [default: a file under runs]")
@click.option("--target", "board", shell_complete=boards, metavar="BOARD", default="esp32cam", show_default=True, help="The board whose memory and latency count.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the data set.  [default: the usual places]")
@click.option("--task", type=click.Choice(["detect", "classify"]), help="Find objects, or classify whole pictures.  [default: detect if there are boxes]")
@click.option("--trials", type=click.IntRange(1), default=40, show_default=True, help="Networks to train; rejected proposals do not count.")
@click.option("--proposals", type=click.IntRange(1), default=2000, show_default=True, help="Proposals at most, rejected ones included.")
@click.option("--epochs", type=NUMBERS, default="10,40", show_default=True, metavar="NUMBERS", help="Levels of training: every network gets the first, those that are not behind get the next.")
@click.option("--folds", type=click.IntRange(1, 5), default=1, show_default=True, help="Held-out fifths of the training pictures that judge a network at the last level.")
@click.option("--limit-ms", type=click.FloatRange(0, min_open=True), help="Reject what is predicted to take longer.")
@click.option("--against", type=WORDS, default="latency_ms,ram_bytes", show_default=True, help="What has to be small: latency_ms, ram_bytes, constants_bytes.")
@click.option("--sampler", type=click.Choice(["tpe", "nsga2", "random"]), default="tpe", show_default=True, help="How proposals are made.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of proposals, folds and training.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes on this machine.")
@click.option("--threads", type=click.IntRange(0), default=0, show_default=True, help="Threads of each worker; 0: the cores, divided fairly.")
@click.option("--widths", type=FRACTIONS, help="Width multipliers to choose from.  [default: 0.1 to 1.0]")
@click.option("--sizes", type=NUMBERS, help="Input sizes to choose from, multiples of 16.  [default: 48 to 160]")
@click.option("--contexts", type=WORDS, help="Detect: contexts to choose from: none, 9, 11, 14.  [default: all]")
@click.option("--channels", type=NUMBERS, help="3 for RGB, 1 for gray, or both.  [default: 3]")
@click.option("--training", is_flag=True, help="Also search learning rate, mosaics and the weight of objects.")
@click.option("--labels", type=click.Choice(["original", "audited"]), help="Learn the boxes as the data set has them, or as an audit corrected them.")
def run_command(dataset: str, **given: Any) -> Result:
    """Search for networks that are good on held-out pictures and cheap on a board.

    Goes on where the study stands. Only networks that fit the board, and --limit-ms, are trained. The test pictures are
    not read; `tinyml tune take` reads them once. Needs `tinyml[tune,train]`.
    """
    require("tune", "the search")
    from tinyml.terminal.tune import study_view
    from tinyml.tuning.tune import tune

    options = {key: value for key, value in given.items() if value is not None}
    found = tune(dataset, **options)
    return Result(found.as_dict(), study_view(found))
