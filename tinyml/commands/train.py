"""`tinyml train`: from labelled pictures to a trained run."""

import os
from pathlib import Path
from typing import Any

import rich_click as click

from tinyml.commands import Result
from tinyml.data.samples import LABELS
from tinyml.terminal.completion import boards, datasets, presets
from tinyml.terminal.options import NUMBERS


# One option a line: a table to read.
# fmt: off
@click.command("train")
@click.argument("dataset", shell_complete=datasets)
@click.option("--data", metavar="DIR", help="Folder of the data set.  [default: the usual places]")
@click.option(
    "--task",
    type=click.Choice(["detect", "classify"]),
    help="Find objects, or classify whole pictures.  [default: detect if there are boxes]",
)
@click.option(
    "--weights",
    metavar="FILE",
    help="What the trunk starts from: a .pth, .safetensors or Keras-named .npz file, `imagenet` or `none`.  [default: ImageNet's weights if they are on disk]",
)
@click.option("--width", type=float, help="Width multiplier of MobileNetV2: 1.0, 0.75, 0.5, 0.35, 0.1.")
@click.option("--cut", type=click.IntRange(1), help="How many of MobileNetV2's layers to keep.")
@click.option(
    "--context",
    metavar="CUTS",
    type=NUMBERS,
    help="Detect: let each cell see more of the picture, through layers up to this one: 9, 11, 14; 14,17 goes on to stride 32.",
)
@click.option(
    "--labels",
    type=click.Choice(LABELS),
    help="Learn the boxes as the data set has them, or as an audit corrected them.  [default: original]",
)
@click.option("--size", type=click.IntRange(8), help="Height and width of the network's input, a multiple of 8.")
@click.option("--gray", is_flag=True, help="One channel instead of RGB.")
@click.option("--fit", type=click.Choice(["squash", "crop"]), help="Squash the whole picture, or crop a square.")
@click.option("--epochs", type=click.IntRange(1), help="Epochs of each phase; an exponential schedule reaches the same final learning rate.")
@click.option("--batch", type=click.IntRange(1), help="Pictures per step.")
@click.option("--seed", type=click.IntRange(0), help="Seed of all random numbers and of the validation split.")
@click.option("--subset", type=click.IntRange(1), help="Train on this many pictures only, for a quick look.")
@click.option(
    "--config",
    "config_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A TOML file of settings, as in a run's config.toml.",
)
@click.option("--recipe", metavar="NAME", help="Start from the settings of a published setup; see tinyml recipes.")
@click.option("--preset", shell_complete=presets, metavar="NAME", help="Start from a preset's settings; see tinyml presets. `auto`: of those that fit the board, the one that finds the most.")
@click.option("--target", metavar="BOARD", shell_complete=boards, help="The board that presets are suggested for, and whose cost is told before training.  [default: esp32cam]")
@click.option(
    "--prune",
    metavar="RUN:SHARE",
    help="Start from a trained run and its settings, with this share of its multiply-accumulates pruned.",
)
@click.option("--teacher", metavar="RUN", help="Also learn from this trained run's outputs (distillation).")
@click.option("--name", help="The run's name.  [default: the recipe's or the data set's]")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="The run's folder, instead of runs/NAME.")
@click.option("--folds", type=click.IntRange(2), help="Cross-validate in this many folds instead of making a run.")
@click.option("--resume", is_flag=True, help="Continue the run where it was interrupted.")
@click.option("--overwrite", is_flag=True, help="Replace a finished run of that name.")
@click.option("--skip-bad", is_flag=True, help="Leave out pictures and annotations that cannot be read.")
@click.option("--negatives", is_flag=True, help="Treat pictures without an annotation as pictures without objects.")
def command(
    dataset: str,
    name: str | None,
    out: Path | None,
    gray: bool,
    folds: int | None,
    **given: Any,
) -> Result:
    """Train a network on a data set, given by its name or its folder.

    A folder holds pictures in one folder per class, or annotated as Pascal VOC, YOLO, COCO, Edge Impulse, LabelMe,
    Label Studio, CVAT or CSV; a zip or tar file works too. Without a test set, a fifth of the pictures is set aside as
    one. Writes config.toml, model.safetensors, metrics.json and curves.png into runs/NAME. The test pictures are used
    once, at the end.
    """
    from tinyml.terminal.train import training_view
    from tinyml.workflow.train import cross_validate, train

    options = {key: value for key, value in given.items() if value is not None}
    if gray:
        options["channels"] = 1
    if folds:
        found = cross_validate(dataset, folds, name=name, out=out, **options)
        mean = f"{found['metric']} {found['mean']:.4f} ± {found['standard_deviation']:.4f}"
        return Result(found, [f"{mean} over {folds} folds"])
    run = train(dataset, name=name, out=out, **options)
    if os.environ.get("RANK", "0") != "0":  # a process of torchrun that is not the first
        return Result({})
    return Result({"run": str(run.folder), **run.metrics}, training_view(run))
