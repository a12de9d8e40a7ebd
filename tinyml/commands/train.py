"""`tinyml train`: from labelled pictures to a trained run."""

from pathlib import Path
from typing import Any

import rich_click as click

from tinyml.commands import Result
from tinyml.paths import find_run, read_toml, runs_dir


@click.command("train")
@click.argument("dataset")
@click.option(
    "--data", metavar="DIR", help="Where the data set's pictures are; else the places where it is looked for."
)
@click.option(
    "--task",
    type=click.Choice(["detect", "classify"]),
    help="Find objects, or name whole pictures.  [default: detect where there are boxes]",
)
@click.option(
    "--weights",
    metavar="FILE",
    help="What the trunk starts from: a .pth, .safetensors or Keras-named .npz, `imagenet`, `none`; else ImageNet's where they are on disk.",
)
@click.option("--width", type=float, help="Width multiplier of MobileNetV2: 1.0, 0.75, 0.5, 0.35, 0.1.")
@click.option("--cut", type=click.IntRange(1), help="How many of MobileNetV2's layers to keep.")
@click.option(
    "--size", type=click.IntRange(8), help="Height and width of the network's picture, a multiple of 8."
)
@click.option("--gray", is_flag=True, help="One channel instead of RGB.")
@click.option(
    "--fit",
    type=click.Choice(["squash", "crop"]),
    help="Show the whole picture, or its largest centred square.",
)
@click.option(
    "--epochs",
    type=click.IntRange(1),
    help="Epochs of each phase; an exponential schedule falls as far as in its own number of them.",
)
@click.option("--batch", type=click.IntRange(1), help="Pictures per step.")
@click.option(
    "--seed", type=click.IntRange(0), help="Start of all random numbers, and of the validation split."
)
@click.option("--subset", type=click.IntRange(1), help="Train on this many pictures only, for a quick look.")
@click.option(
    "--config",
    "config_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A TOML file of settings, as in a run's config.toml.",
)
@click.option(
    "--recipe", metavar="NAME", help="Start from the settings of a published set-up; see tinyml recipes."
)
@click.option(
    "--prune",
    metavar="RUN:SHARE",
    help="Start from a trained run with this share of its multiply-accumulates cut away, and its settings.",
)
@click.option("--teacher", metavar="RUN", help="Also learn from what this trained run says (distillation).")
@click.option("--name", help="The run's name; else the recipe's or the data set's.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="The run's folder, instead of runs/NAME."
)
@click.option(
    "--folds", type=click.IntRange(2), help="Cross-validate on the training set instead of making a run."
)
@click.option("--resume", is_flag=True, help="Go on with the run where it was broken off.")
@click.option("--skip-bad", is_flag=True, help="Leave out pictures and annotations that cannot be read.")
def command(
    dataset: str,
    gray: bool,
    config_file: Path | None,
    recipe: str | None,
    prune: str | None,
    name: str | None,
    out: Path | None,
    epochs: int | None,
    folds: int | None,
    resume: bool,
    skip_bad: bool,
    **options: Any,
) -> Result:
    """Train a network on a data set, given by its name or its folder.

    A folder holds pictures in one folder per class, or with Pascal VOC files beside them: in train/ and test/, or
    together, and then a fifth of them becomes the test set. Writes config.toml, model.safetensors, metrics.json and
    curves.png into runs/NAME. The test pictures are looked at once, at the end.
    """
    from tinyml.data.load import natural_task
    from tinyml.vision.config import from_table
    from tinyml.vision.recipes import load_recipe
    from tinyml.vision.run import cross_validate, train_run

    own = Path(dataset).resolve() if Path(dataset).exists() else None
    folder = out or runs_dir() / (name or recipe or (own.stem if own else dataset))
    table = load_recipe(recipe).table if recipe else {}
    if prune and not resume:
        table |= pruned(prune, folder)
    table |= read_toml(config_file) if config_file else {}
    table |= {"dataset": dataset} | {key: value for key, value in options.items() if value is not None}
    if own:
        table["dataset"] = str(own)
    if "data" in table:
        table["data"] = str(Path(table["data"]).resolve())
    if gray:
        table["channels"] = 1
    if epochs is not None:
        table["phases"] = [in_epochs(phase, epochs) for phase in table.get("phases", [{}])]
    if "task" not in table and not resume:
        table["task"] = natural_task(dataset, table.get("data"))
    config = from_table(table, str(config_file or "the command line"))
    if folds:
        data = cross_validate(config, folds, folder, skip_bad)
        return Result(
            data,
            [f"{data['metric']} {data['mean']:.4f} ± {data['standard_deviation']:.4f} over {folds} folds"],
        )
    metrics = train_run(config, folder, resume, skip_bad)
    if not metrics:  # a process of torchrun that is not the first
        return Result({})
    return Result({"run": str(folder), **metrics}, view(folder, metrics))


def in_epochs(phase: dict[str, Any], epochs: int) -> dict[str, Any]:
    """Return a phase of another number of epochs, over which an exponential schedule falls as far as it did."""
    from dataclasses import asdict

    from tinyml.vision.config import Phase

    whole = asdict(Phase()) | phase
    if whole["schedule"] == "exponential":
        whole["decay"] **= whole["epochs"] / epochs
    return whole | {"epochs": epochs}


def pruned(prune: str, folder: Path) -> dict[str, Any]:
    """Prune the run that RUN:SHARE names and return the settings to train on with."""
    from dataclasses import asdict

    from tinyml.vision.prune import prune_run

    run, _, share = prune.rpartition(":")
    try:
        number = float(share)
    except ValueError:
        raise click.BadParameter("expected RUN:SHARE, such as cifar10:0.5", param_hint="--prune") from None
    source = find_run(run)
    if source.resolve() == folder.resolve():
        raise click.BadParameter(
            "the pruned run would overwrite its source: give --name", param_hint="--prune"
        )
    return asdict(prune_run(source, number, folder))


def view(folder: Path, metrics: dict[str, Any]) -> list[Any]:
    """Return what a person sees at the end of a training."""
    from tinyml.commands.views import stage_table

    notes = [metrics["data"]["remark"]] if metrics["data"]["remark"] else []
    return [
        stage_table("test pictures", {"float": metrics["test"]}),
        *notes,
        f"{metrics['parameters']:,} parameters, best epoch {metrics['best_epoch']}, {metrics['train_seconds']:.0f} s of training",
        f"run: {folder}",
    ]
